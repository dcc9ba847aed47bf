import { join } from 'node:path';
import { KeyedLock } from '#base';
import type { DatabaseSync } from '#state';
import { NetlinkSocket } from '#system/netlink';
import { BackgroundWork } from './background.ts';
import { Bridges } from './bridge/bridges.ts';
import { HostSettings } from './bridge/host-settings.ts';
import { Firewall } from './firewall/firewall.ts';
import { HelperClient } from './helper/client.ts';
import { NetworkAddresses } from './ipam/addresses.ts';
import { DEFAULT_POOLS, type DefaultPool, parsePool } from './ipam/pools.ts';
import { HostNames } from './names.ts';
import { prepareDirectory } from './netns/pin.ts';
import { NamespacePool } from './netns/pool.ts';
import { AttachmentStore, type EndpointRecord } from './store/attachments.ts';
import { type NetworkRecord, NetworkStore } from './store/networks.ts';

export interface NetworkOptions {
  /** Volatile state: namespaces, sockets, zone files. One folder per instance. */
  runDir: string;
  /** Names the installation: unique local IPv6 subnets are derived from it. */
  rootDir: string;
  /** Tells instances on one machine apart; `hako` has the plain names. */
  instance: string;
  database: DatabaseSync;
  /** Where subnets are taken from when a network names none. */
  defaultPools?: readonly DefaultPool[];
  /** Published ports pass the host's own input rules; see docs/networking.md. */
  obeyHostFirewall?: boolean;
  /** Namespaces kept ready. 8 unless said otherwise. */
  namespacePoolSize?: number;
  /** The host's resolver configuration; /etc/resolv.conf unless a test says otherwise. */
  resolvConf?: string;
}

/** What the parts of this folder share. */
export interface NetworkContext {
  options: NetworkOptions;
  defaultPools: readonly DefaultPool[];
  paths: { stateDir: string; namespaceDir: string; resolvConf: string };
  names: HostNames;
  netlink: NetlinkSocket;
  firewall: Firewall;
  bridges: Bridges;
  hostSettings: HostSettings;
  networks: NetworkStore;
  attachments: AttachmentStore;
  namespaces: NamespacePool;
  helper: HelperClient;
  background: BackgroundWork;
  locks: KeyedLock;
  addressBooks: Map<string, NetworkAddresses>;
}

const POOL_SIZE = 8;

/** Opens everything; on failure what was opened is closed again. */
export function openContext(options: NetworkOptions): NetworkContext {
  const names = new HostNames(options.instance);
  const defaultPools = options.defaultPools ?? DEFAULT_POOLS;
  for (const pool of defaultPools) parsePool(pool);
  const resolvConf = options.resolvConf ?? '/etc/resolv.conf';
  const paths = { stateDir: join(options.runDir, 'network'), namespaceDir: join(options.runDir, 'netns'), resolvConf };
  prepareDirectory(paths.namespaceDir);
  using opened = new DisposableStack();
  const netlink = opened.use(new NetlinkSocket());
  const firewall = opened.use(new Firewall(names.table));
  const attachments = opened.use(new AttachmentStore(paths.stateDir));
  const hostSettings = new HostSettings(join(paths.stateDir, 'host-settings.json'));
  const context: NetworkContext = {
    options,
    defaultPools,
    paths,
    names,
    netlink,
    firewall,
    hostSettings,
    bridges: new Bridges({ names, netlink, firewall, hostSettings }),
    networks: new NetworkStore(options.database),
    attachments,
    namespaces: new NamespacePool(paths.namespaceDir, options.namespacePoolSize ?? POOL_SIZE),
    helper: new HelperClient({ ...paths, cacheDir: join(options.rootDir, 'cache', 'node') }),
    background: new BackgroundWork(),
    locks: new KeyedLock(),
    addressBooks: new Map(),
  };
  opened.move();
  return context;
}

/** The endpoints of all containers in a network. */
export function endpointsIn(context: NetworkContext, networkId: string): EndpointRecord[] {
  return context.attachments.list().flatMap(({ endpoints }) => endpoints.get(networkId) ?? []);
}

/** The addresses of a network; built from what running containers have when it is first asked for. */
export function addressesOf(context: NetworkContext, network: NetworkRecord): NetworkAddresses {
  const known = context.addressBooks.get(network.id);
  if (known !== undefined) return known;
  const inUse = endpointsIn(context, network.id).flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]);
  const addresses = new NetworkAddresses(network, inUse);
  context.addressBooks.set(network.id, addresses);
  return addresses;
}
