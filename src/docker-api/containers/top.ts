import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `GET /containers/{id}/top?ps_args`. */
export async function topContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const { titles, processes } = await engine.containers.top(
    exchange.param('id'),
    exchange.query.text('ps_args') || '-ef',
  );
  exchange.json(200, { Titles: titles, Processes: processes });
}
