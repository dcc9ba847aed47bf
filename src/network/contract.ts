/** What the network folder offers to the engine. All rules live in nftables tables of our own. */

export interface IpamPool {
  subnet: string;
  gateway?: string;
  /** Sub-range of the subnet from which addresses are given out. */
  ipRange?: string;
  /** Addresses that must never be given out, by name. */
  auxiliaryAddresses?: Record<string, string>;
}

export type NetworkDriver = 'bridge' | 'host' | 'none';

export interface Network {
  id: string;
  name: string;
  driver: NetworkDriver;
  createdAtMs: number;
  internal: boolean;
  enableIPv4: boolean;
  enableIPv6: boolean;
  attachable: boolean;
  labels: Record<string, string>;
  options: Record<string, string>;
  /** IPv4 and IPv6 pools; empty for host and none. */
  ipam: { driver: string; options: Record<string, string>; pools: IpamPool[] };
  /** Interface name of the bridge on the host; empty for host and none. */
  bridge: string;
}

export interface CreateNetworkRequest {
  name: string;
  driver?: string;
  internal?: boolean;
  /** True unless said otherwise. */
  enableIPv4?: boolean;
  enableIPv6?: boolean;
  attachable?: boolean;
  labels?: Record<string, string>;
  options?: Record<string, string>;
  pools?: IpamPool[];
}

/** What a container wants of one network. */
export interface EndpointRequest {
  containerId: string;
  /** For DNS: the container's name; aliases and short id are added to it on user networks. */
  containerName: string;
  network: string;
  aliases: readonly string[];
  ipv4Address?: string;
  ipv6Address?: string;
  macAddress?: string;
  /** Give this network the default route where several would; higher wins. */
  gatewayPriority?: number;
  /** `com.docker.network.endpoint.ifname` names the interface, `com.docker.network.endpoint.sysctls` sets `net.*` of it. */
  driverOptions?: Record<string, string>;
  /** Servers that answer the container's other questions on user networks (`--dns`), instead of the host's. */
  dnsServers?: readonly string[];
}

/** A container's interface in one network, as it is. */
export interface Endpoint {
  endpointId: string;
  networkId: string;
  networkName: string;
  containerId: string;
  interfaceName: string;
  macAddress: string;
  ipv4Address: string;
  ipv4PrefixLength: number;
  ipv4Gateway: string;
  ipv6Address: string;
  ipv6PrefixLength: number;
  ipv6Gateway: string;
  aliases: string[];
  dnsNames: string[];
}

export interface PortRequest {
  containerPort: number;
  protocol: 'tcp' | 'udp' | 'sctp';
  /** Host address; empty means all IPv4 and IPv6 addresses. */
  hostIp: string;
  /** First and last acceptable host port; 0-0 asks for a free one. */
  hostPortStart: number;
  hostPortEnd: number;
}

export interface PublishedPort {
  containerPort: number;
  protocol: 'tcp' | 'udp' | 'sctp';
  hostIp: string;
  hostPort: number;
}

/** The network namespace of one container (or pod). Its path can be given to an OCI spec. */
export interface Sandbox {
  containerId: string;
  netnsPath: string;
}

/** How a container resolves names: what its resolv.conf must say. */
export interface ResolverConfig {
  nameservers: string[];
  search: string[];
  options: string[];
}

export interface Networks {
  create(request: CreateNetworkRequest): Promise<{ network: Network; warning: string }>;
  /** By id, name or unambiguous id prefix; throws `not_found` ("network X not found"). */
  get(reference: string): Network;
  list(): Network[];
  /** Throws `forbidden` for the predefined networks, `failed_precondition` while endpoints are active. */
  remove(reference: string): Promise<void>;

  /** A fresh network namespace with loopback up, from the pool made ahead of time; the same one until `release`. */
  createSandbox(containerId: string): Promise<Sandbox>;
  /** Joins a sandbox to a network: address, veth, bridge, routes, DNS names. Rolls back on failure. */
  connect(sandbox: Sandbox, request: EndpointRequest): Promise<Endpoint>;
  disconnect(containerId: string, networkId: string): Promise<void>;
  /** The container has another name now: its DNS names follow. */
  rename(containerId: string, containerName: string): void;
  endpointsOf(containerId: string): Endpoint[];
  endpointsIn(networkId: string): Endpoint[];
  /** Publishes ports of a connected container; throws `conflict` naming the port in use. Rolls back on failure. */
  publish(containerId: string, ports: readonly PortRequest[]): Promise<PublishedPort[]>;
  unpublish(containerId: string): Promise<void>;
  publishedPorts(containerId: string): PublishedPort[];
  /** Removes everything the container has here: ports, endpoints, DNS names, namespace. Idempotent. */
  release(containerId: string): Promise<void>;
  /**
   * For containers with user networks: our DNS server, 127.0.0.11; else the host's resolvers without loopback ones.
   * `ownStack`: the runtime brings a network stack of its own (gVisor, a microVM), which does not see a server inside
   * the namespace; then the network's gateway answers.
   */
  resolverFor(containerId: string, options?: { ownStack?: boolean }): ResolverConfig;
  /** At start-up: keeps what belongs to `liveContainerIds`, restores missing rules, removes everything else of ours. */
  recover(liveContainerIds: ReadonlySet<string>): Promise<void>;
  /** Removes every trace from the host (bridges, rules, namespaces, helper); for `hako down --purge`, tests and the demo. */
  purge(): Promise<void>;
  /** Resolves when the work that was put off until after an answer is done; for tests and orderly stops. */
  settled(): Promise<void>;
}
