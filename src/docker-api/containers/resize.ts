import { HakoError } from '#base';
import type { TerminalSize } from '#runtime';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { announceContainer } from './announce.ts';

/** `POST /containers/{id}/resize?h&w`. */
export async function resizeContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const container = engine.containers.get(exchange.param('id'));
  await engine.containers.resize(container.id, sizeOf(exchange));
  announceContainer(engine, 'resize', container);
  exchange.empty(200);
}

/** The size of a terminal in the query, as resize of containers and execs give it. */
export function sizeOf({ query }: Exchange): TerminalSize {
  const [rows, columns] = [query.integer('h'), query.integer('w')];
  const fits = (count: number | undefined) => count !== undefined && count >= 0 && count <= 65_535;
  if (!fits(rows) || !fits(columns))
    throw new HakoError('invalid', 'invalid terminal size: give h and w from 0 to 65535');
  return { rows: rows ?? 0, columns: columns ?? 0 };
}
