import { presentContainer } from '../present/container.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `GET /containers/{id}/json?size`. */
export async function inspectContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const container = engine.containers.get(exchange.param('id'));
  const size = exchange.query.bool('size') ? await engine.containers.size(container.id) : undefined;
  exchange.json(200, presentContainer(container, engine, size));
}
