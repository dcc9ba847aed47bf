import { HakoError } from '#base';
import type { Engine } from '#engine';
import type { Network } from '#network';
import { presentNetwork } from '../present/network.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';

const FILTERS = ['dangling', 'driver', 'id', 'label', 'label!', 'name', 'scope', 'type'];
const PREDEFINED = new Set(['bridge', 'host', 'none']);

/** `GET /networks?filters`. */
export function listNetworks(exchange: Exchange, { engine }: Api): void {
  const filters = Filters.parse(exchange.query.text('filters'), FILTERS);
  const accepts = makeFilter(engine, filters);
  const networks = engine.networks.list().filter(accepts);
  exchange.json(
    200,
    networks.map((network) => presentNetwork(network, {})),
  );
}

/** True for the networks that are always there. */
export function isPredefined(network: Network): boolean {
  return PREDEFINED.has(network.name);
}

/** True when a container is attached to it, or was made to be. */
export function isUsed(engine: Engine, network: Network): boolean {
  if (engine.networks.endpointsIn(network.id).length > 0) return true;
  return engine.containers.list().some(({ networking }) => network.name in (networking.EndpointsConfig ?? {}));
}

function makeFilter(engine: Engine, filters: Filters): (network: Network) => boolean {
  const dangling = filters.bool('dangling');
  const unknown = filters.values('type').find((each) => each !== 'custom' && each !== 'builtin');
  if (unknown !== undefined) throw new HakoError('invalid', `invalid filter 'type=${unknown}': use custom or builtin`);
  return (network) =>
    filters.equals('driver', network.driver === 'none' ? 'null' : network.driver) &&
    filters.startsWith('id', network.id) &&
    filters.matches('name', network.name) &&
    filters.equals('scope', 'local') &&
    filters.equals('type', isPredefined(network) ? 'builtin' : 'custom') &&
    filters.labels(network.labels) &&
    (dangling === undefined || dangling === (!isPredefined(network) && !isUsed(engine, network)));
}
