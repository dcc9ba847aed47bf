import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { announceContainer } from './announce.ts';

/** `GET /containers/{id}/top?ps_args`. */
export async function topContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const container = engine.containers.get(exchange.param('id'));
  const { titles, processes } = await engine.containers.top(container.id, exchange.query.text('ps_args') || '-ef');
  announceContainer(engine, 'top', container);
  exchange.json(200, { Titles: titles, Processes: processes });
}
