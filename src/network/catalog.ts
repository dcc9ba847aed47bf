import { failpoint, HakoError, newId } from '#base';
import { readBridgeOptions } from './bridge/options.ts';
import { endpointsIn, type NetworkContext } from './context.ts';
import type { CreateNetworkRequest, Network, NetworkDriver } from './contract.ts';
import { foreignForwardDrops, forwardDropWarning } from './firewall/foreign.ts';
import { choosePools } from './ipam/choose.ts';
import { hostRanges } from './ipam/host-ranges.ts';
import { readSysctl } from './netns/sysctl.ts';
import type { NetworkRecord } from './store/networks.ts';

const PREDEFINED: readonly NetworkDriver[] = ['bridge', 'host', 'none'];
const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

/** True for the networks that are always there. */
export function isPredefined(network: Pick<Network, 'name'>): boolean {
  return PREDEFINED.some((name) => name === network.name);
}

/** True for networks in which containers find each other by name. */
export function isUserNetwork(network: Network): boolean {
  return network.driver === 'bridge' && !isPredefined(network);
}

/** The value that callers get: no later change touches it. */
export function snapshot({ hasChosenPool: _, ...network }: NetworkRecord): Network {
  return structuredClone(network);
}

/** Writes the predefined networks down where they are missing. The subnet of `bridge` is chosen now, its interface comes with the first container. */
export function addPredefined(context: NetworkContext): void {
  for (const name of PREDEFINED) {
    if (context.networks.byName(name) !== undefined) continue;
    const id = newId();
    const bridge = name === 'bridge' ? context.names.defaultBridge : '';
    const { pools } = name === 'bridge' ? choose(context, { networkId: id, bridge }) : { pools: [] };
    context.networks.put({
      ...blank(id, name, name),
      bridge,
      hasChosenPool: true,
      ipam: { driver: 'default', options: {}, pools },
    });
  }
}

function blank(id: string, name: string, driver: NetworkDriver): Omit<NetworkRecord, 'ipam' | 'hasChosenPool'> {
  return {
    id,
    name,
    driver,
    createdAtMs: Date.now(),
    internal: false,
    enableIPv4: true,
    enableIPv6: false,
    attachable: false,
    labels: {},
    options: {},
    bridge: '',
  };
}

function choose(context: NetworkContext, { networkId, bridge }: { networkId: string; bridge: string }) {
  const request = { networkId, bridge, requested: [], enableIPv4: true, enableIPv6: false };
  return choosePools(request, surroundings(context, networkId));
}

function surroundings(context: NetworkContext, except: string) {
  return {
    installation: `${context.names.instance} ${context.options.rootDir}`,
    defaultPools: context.defaultPools,
    networks: context.networks.list().filter(({ id }) => id !== except),
    hostRanges: hostRanges(context.netlink),
  };
}

/**
 * The subnet of `bridge` was chosen when nobody used it. If the host has come to use it since (a VPN, another instance)
 * and no container of ours does, another one is chosen before the first container comes.
 */
export function refreshChosenPool(context: NetworkContext, network: NetworkRecord): NetworkRecord {
  const isFree = endpointsIn(context, network.id).length === 0 && !context.bridges.has(network.id);
  if (network.name !== 'bridge' || !network.hasChosenPool || !isFree) return network;
  const { pools } = choose(context, { networkId: network.id, bridge: network.bridge });
  const [current] = network.ipam.pools;
  if (current !== undefined && isStillFree(context, network)) return network;
  const refreshed = { ...network, ipam: { ...network.ipam, pools } };
  context.networks.put(refreshed);
  context.addressBooks.delete(network.id);
  return refreshed;
}

function isStillFree(context: NetworkContext, network: NetworkRecord): boolean {
  const request = { networkId: network.id, bridge: network.bridge, requested: network.ipam.pools };
  try {
    const { warning } = choosePools(
      { ...request, enableIPv4: true, enableIPv6: false },
      surroundings(context, network.id),
    );
    return warning === '';
  } catch (error) {
    if (error instanceof HakoError && error.code === 'forbidden') return false;
    throw error;
  }
}

/** Creates a network and its bridge. Throws `already_exists`, `invalid`, `forbidden` (overlapping subnets), `not_found` (driver). */
export async function createNetwork(
  context: NetworkContext,
  request: CreateNetworkRequest,
): Promise<{ network: Network; warning: string }> {
  const { record, warning } = plan(context, request);
  context.networks.put(record);
  failpoint('network.create.noted');
  try {
    await context.locks.run(`network ${record.id}`, () => context.bridges.ensure(record));
  } catch (error) {
    context.networks.delete(record.id);
    await context.bridges.remove(record);
    throw error;
  }
  const drops = forwardDropWarning(await foreignForwardDrops(context.names.table));
  return { network: snapshot(record), warning: [warning, drops].filter(Boolean).join('; ') };
}

function plan(context: NetworkContext, request: CreateNetworkRequest): { record: NetworkRecord; warning: string } {
  checkName(context, request.name);
  checkDriver(request.driver ?? 'bridge');
  const id = newId();
  const options = request.options ?? {};
  const bridge = readBridgeOptions(options).bridgeName || context.names.bridge(id);
  const rival = context.networks.list().find((network) => network.bridge === bridge);
  if (rival !== undefined) {
    throw new HakoError('forbidden', `network ${rival.name} has the bridge name ${bridge} already; choose another one`);
  }
  const enableIPv4 = request.enableIPv4 ?? true;
  const enableIPv6 = request.enableIPv6 ?? false;
  if (!enableIPv4 && !enableIPv6) throw new HakoError('invalid', 'IPv4 or IPv6 must be enabled');
  if (enableIPv6 && readSysctl('net/ipv6/conf/all/disable_ipv6') === undefined) {
    throw new HakoError('failed_precondition', 'this kernel runs without IPv6: start it with IPv6, or use IPv4 only');
  }
  const poolRequest = { networkId: id, bridge, requested: request.pools ?? [], enableIPv4, enableIPv6 };
  const { pools, hasChosenPool, warning } = choosePools(poolRequest, surroundings(context, id));
  const record: NetworkRecord = {
    ...blank(id, request.name, 'bridge'),
    internal: request.internal ?? false,
    enableIPv4,
    enableIPv6,
    attachable: request.attachable ?? false,
    labels: { ...request.labels },
    options: { ...options },
    bridge,
    hasChosenPool,
    ipam: { driver: 'default', options: {}, pools },
  };
  return { record, warning };
}

function checkName(context: NetworkContext, name: string): void {
  if ([...PREDEFINED, 'default'].some((taken) => taken === name)) {
    throw new HakoError('forbidden', `operation is not permitted on predefined ${name} network: choose another name`);
  }
  if (!NAME_PATTERN.test(name)) {
    const rule = 'start with a letter or digit, go on with letters, digits, underscores, periods or hyphens';
    throw new HakoError('invalid', `invalid network name "${name}": ${rule}`);
  }
  if (context.networks.byName(name) !== undefined) {
    throw new HakoError('already_exists', `network with name ${name} already exists: remove it or choose another name`);
  }
}

function checkDriver(driver: string): void {
  if (driver === 'bridge' || driver === 'default' || driver === '') return;
  if (driver === 'host' || driver === 'none' || driver === 'null') {
    throw new HakoError('forbidden', `only one instance of "${driver}" network is allowed: use the one that exists`);
  }
  throw new HakoError(
    'not_found',
    `could not find plugin ${driver}: this engine has the drivers bridge, host and none`,
  );
}

/** Finds a network by id, name or unambiguous id prefix. */
export function findNetwork(context: NetworkContext, reference: string): NetworkRecord {
  const exact = context.networks.byId(reference) ?? context.networks.byName(reference);
  if (exact !== undefined) return exact;
  const matches = reference === '' ? [] : context.networks.list().filter(({ id }) => id.startsWith(reference));
  if (matches.length > 1) {
    throw new HakoError(
      'invalid',
      `network ${reference} is ambiguous (${matches.length} matches found on name): write more digits`,
    );
  }
  const [only] = matches;
  if (only === undefined) throw new HakoError('not_found', `network ${reference} not found`);
  return only;
}

/** Removes a network and its bridge. Throws `forbidden` for predefined ones, `failed_precondition` while containers are in it. */
export async function removeNetwork(context: NetworkContext, reference: string): Promise<void> {
  const network = findNetwork(context, reference);
  if (isPredefined(network)) {
    throw new HakoError('forbidden', `${network.name} is a pre-defined network and cannot be removed`);
  }
  await context.locks.run(`network ${network.id}`, async () => {
    const active = endpointsIn(context, network.id);
    if (active.length > 0) {
      const who = active.map(
        ({ dnsNames, containerId }) => `name:"${dnsNames[0] ?? ''}" id:"${containerId.slice(0, 12)}"`,
      );
      const problem = `network ${network.name} has active endpoints (${who.join(', ')})`;
      throw new HakoError('failed_precondition', `error while removing network: ${problem}: disconnect them first`);
    }
    context.networks.delete(network.id);
    context.addressBooks.delete(network.id);
    failpoint('network.remove.noted');
    await context.bridges.remove(network);
  });
}
