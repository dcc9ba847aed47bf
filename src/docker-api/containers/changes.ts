import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

const KIND = { modified: 0, added: 1, deleted: 2 } as const;

/** `GET /containers/{id}/changes`, for `docker diff`. */
export async function containerChanges(exchange: Exchange, { engine }: Api): Promise<void> {
  const changes = await engine.containers.changes(exchange.param('id'));
  const rows = changes.map(({ path, kind }) => ({ Path: path, Kind: KIND[kind] }));
  exchange.json(200, rows.length > 0 ? rows : null);
}
