import { HakoError } from '#base';
import { presentEndpoints, presentNetwork } from '../present/network.ts';
import { disconnectRequest } from '../schema/network-requests.ts';
import { connectRequest } from '../schema/networking.ts';
import type { Api } from '../server/api-context.ts';
import { restated } from '../server/errors.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';
import { untilFilterMs } from '../server/until-filter.ts';
import { isPredefined, isUsed } from './list.ts';

/** `GET /networks/{id}`. */
export function inspectNetwork(exchange: Exchange, { engine }: Api): void {
  const network = engine.networks.get(exchange.param('id'));
  exchange.json(200, presentNetwork(network, presentEndpoints(engine, engine.networks.endpointsIn(network.id))));
}

/** `DELETE /networks/{id}`: 403 while containers are attached, as docker has it. */
export async function removeNetwork(exchange: Exchange, { engine }: Api): Promise<void> {
  const network = engine.networks.get(exchange.param('id'));
  try {
    await engine.networks.remove(network.id);
  } catch (error) {
    throw restated(error, 'failed_precondition', 403);
  }
  engine.events.publish('network', 'destroy', network.id, { name: network.name, type: network.driver });
  exchange.empty(204);
}

/** `POST /networks/{id}/connect`. */
export async function connectNetwork(exchange: Exchange, { engine }: Api): Promise<void> {
  const { Container: container, EndpointConfig: settings = {} } = await exchange.body(connectRequest);
  if (!container) throw new HakoError('invalid', 'give the Container to connect');
  const network = engine.networks.get(exchange.param('id'));
  await engine.containers.connectNetwork(container, network.id, settings);
  exchange.empty(200);
}

/** `POST /networks/{id}/disconnect`. */
export async function disconnectNetwork(exchange: Exchange, { engine }: Api): Promise<void> {
  const { Container: container, Force: force = false } = await exchange.body(disconnectRequest);
  if (!container) throw new HakoError('invalid', 'give the Container to disconnect');
  const network = engine.networks.get(exchange.param('id'));
  await engine.containers.disconnectNetwork(container, network.id, { force });
  exchange.empty(200);
}

/** `POST /networks/prune?filters`: removes networks that no container uses. */
export async function pruneNetworks(exchange: Exchange, { engine }: Api): Promise<void> {
  const filters = Filters.parse(exchange.query.text('filters'), ['label', 'label!', 'until']);
  const untilMs = untilFilterMs(filters);
  const removed: string[] = [];
  for (const network of engine.networks.list()) {
    if (isPredefined(network) || network.createdAtMs >= untilMs || !filters.labels(network.labels)) continue;
    if (isUsed(engine, network)) continue;
    await engine.networks.remove(network.id);
    engine.events.publish('network', 'destroy', network.id, { name: network.name, type: network.driver });
    removed.push(network.name);
  }
  engine.events.publish('network', 'prune', '', { reclaimed: '0' });
  exchange.json(200, { NetworksDeleted: removed.length > 0 ? removed : null });
}
