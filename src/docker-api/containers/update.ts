import { updateRequest } from '../schema/resources.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `POST /containers/{id}/update`: limits and restart policy of a container, running or not. */
export async function updateContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const request = await exchange.body(updateRequest);
  const { warnings } = await engine.containers.update(exchange.param('id'), request);
  exchange.json(200, { Warnings: warnings });
}
