import { updateRequest } from '../schema/resources.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `POST /containers/{id}/update`: limits, restart policy and published ports of a container, running or not. */
export async function updateContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const { PortBindings: bindings, ...request } = await exchange.body(updateRequest);
  const { id } = engine.containers.get(exchange.param('id'));
  const { warnings } = await engine.containers.update(id, request);
  if (bindings !== undefined) await engine.containers.republish(id, bindings);
  exchange.json(200, { Warnings: warnings });
}
