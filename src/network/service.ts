import { errorMessage, failpoint, HakoError, log } from '#base';
import { allowHairpin } from './bridge/attach.ts';
import { addPredefined, createNetwork, findNetwork, removeNetwork, snapshot } from './catalog.ts';
import { endpointsIn, type NetworkContext } from './context.ts';
import type {
  CreateNetworkRequest,
  Endpoint,
  EndpointRequest,
  Network,
  Networks,
  PortRequest,
  PublishedPort,
  ResolverConfig,
  Sandbox,
} from './contract.ts';
import { gatewayElements, hasZones, resolverFor, servesDns, writeZone } from './dns.ts';
import { joinNetwork, leaveNetwork, releaseAddresses, renameEndpoints } from './endpoints.ts';
import { unpin } from './netns/pin.ts';
import { type OpenNamespace, openNamespace } from './netns/pool.ts';
import { Publisher } from './ports/publisher.ts';
import { purgeAll } from './purge.ts';
import { recoverAll } from './recover.ts';
import type { Attachment, EndpointRecord, PortRecord } from './store/attachments.ts';
import type { NetworkRecord } from './store/networks.ts';

/** How long the handles of a new namespace are kept for the `connect` that usually follows. */
const HANDLE_KEEP_MS = 2000;

/** The Networks port over bridges, veth pairs, nftables and the helper. */
export class NetworkService implements Networks, AsyncDisposable {
  readonly #context: NetworkContext;
  readonly #publisher: Publisher;
  #isDisposed = false;
  readonly #open = new Map<string, { namespace: OpenNamespace; timer: NodeJS.Timeout }>();

  constructor(context: NetworkContext) {
    this.#context = context;
    this.#publisher = new Publisher(context);
    addPredefined(context);
  }

  create(request: CreateNetworkRequest): Promise<{ network: Network; warning: string }> {
    return this.#context.locks.run('networks', () => createNetwork(this.#context, request));
  }

  get(reference: string): Network {
    return snapshot(findNetwork(this.#context, reference));
  }

  list(): Network[] {
    return this.#context.networks.list().map(snapshot);
  }

  async remove(reference: string): Promise<void> {
    await removeNetwork(this.#context, reference);
  }

  async createSandbox(containerId: string): Promise<Sandbox> {
    return this.#locked(containerId, () => {
      const existing = this.#context.attachments.get(containerId);
      if (existing !== undefined && existing.netnsPath !== '') return { containerId, netnsPath: existing.netnsPath };
      const namespace = this.#context.namespaces.take();
      try {
        const netnsPath = namespace.path;
        failpoint('network.sandbox.pinned');
        this.#context.attachments.put({ containerId, netnsPath, endpoints: new Map(), ports: [] });
        failpoint('network.sandbox.noted');
        this.#keepOpen(containerId, namespace);
        return { containerId, netnsPath };
      } catch (error) {
        namespace[Symbol.dispose]();
        unpin(namespace.path);
        throw error;
      }
    });
  }

  async connect(sandbox: Sandbox, request: EndpointRequest): Promise<Endpoint> {
    const network = findNetwork(this.#context, request.network);
    return this.#locked(sandbox.containerId, () =>
      this.#context.locks.run(`network ${network.id}`, () => this.#join(sandbox, network.id, request)),
    );
  }

  async disconnect(containerId: string, networkId: string): Promise<void> {
    await this.#locked(containerId, async () => {
      const attachment = this.#context.attachments.get(containerId);
      const network = findNetwork(this.#context, networkId);
      const endpoint = attachment?.endpoints.get(network.id);
      if (attachment === undefined || endpoint === undefined) {
        throw new HakoError('forbidden', `container ${containerId} is not connected to network ${network.name}`);
      }
      await this.#moving(attachment, () => leaveNetwork(this.#context, attachment, endpoint));
      if (servesDns(this.#context, network)) await this.#syncDns([network]);
    });
  }

  rename(containerId: string, containerName: string): void {
    const attachment = this.#context.attachments.get(containerId);
    if (attachment === undefined) return;
    renameEndpoints(attachment, containerName);
    this.#context.attachments.put(attachment);
    for (const networkId of attachment.endpoints.keys()) {
      const network = this.#context.networks.byId(networkId);
      if (network !== undefined && servesDns(this.#context, network)) writeZone(this.#context, network);
    }
  }

  endpointsOf(containerId: string): Endpoint[] {
    const endpoints = this.#context.attachments.get(containerId)?.endpoints.values() ?? [];
    return [...endpoints].map(publicEndpoint);
  }

  endpointsIn(networkId: string): Endpoint[] {
    return endpointsIn(this.#context, networkId).map(publicEndpoint);
  }

  async publish(containerId: string, ports: readonly PortRequest[]): Promise<PublishedPort[]> {
    return this.#locked(containerId, async () => {
      const attachment = this.#context.attachments.get(containerId);
      if (attachment === undefined)
        throw new HakoError('failed_precondition', `container ${containerId} has no network`);
      const records = await this.#choosePorts(attachment, ports);
      const before = attachment.ports;
      try {
        await this.#changePorts(attachment, [...before, ...records]);
      } catch (error) {
        await this.#changePorts(attachment, before).catch((failure) => {
          log.warn('published ports could not be taken back', { container: containerId, error: errorMessage(failure) });
        });
        this.#publisher.hold(attachment);
        throw error;
      }
      const isLeading = this.#publisher.published(attachment).length > 0;
      return isLeading ? records.flatMap(({ published }) => published) : [];
    });
  }

  async unpublish(containerId: string): Promise<void> {
    await this.#locked(containerId, async () => {
      const attachment = this.#context.attachments.get(containerId);
      if (attachment === undefined || attachment.ports.length === 0) return;
      await this.#changePorts(attachment, []);
      this.#publisher.drop(containerId);
    });
  }

  publishedPorts(containerId: string): PublishedPort[] {
    const attachment = this.#context.attachments.get(containerId);
    return attachment === undefined ? [] : this.#publisher.published(attachment).map((port) => ({ ...port }));
  }

  async release(containerId: string): Promise<void> {
    await this.#locked(containerId, () => this.#releaseNow(containerId));
  }

  resolverFor(containerId: string, options: { ownStack?: boolean } = {}): ResolverConfig {
    return resolverFor(this.#context, containerId, options.ownStack ?? false);
  }

  async recover(liveContainerIds: ReadonlySet<string>): Promise<void> {
    await this.#context.locks.run('networks', async () => {
      for (const { containerId } of this.#context.attachments.list()) {
        if (!liveContainerIds.has(containerId)) this.#releaseNow(containerId);
      }
      await this.#context.background.settled();
      await recoverAll(this.#context, this.#publisher);
    });
  }

  async purge(): Promise<void> {
    await this.#context.locks.run('networks', async () => {
      for (const { containerId } of this.#context.attachments.list()) this.#releaseNow(containerId);
      await this.settled();
      await purgeAll(this.#context);
    });
  }

  async settled(): Promise<void> {
    await this.#context.background.settled();
    await this.#context.helper.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await this.settled();
    for (const containerId of [...this.#open.keys()]) this.#closeHandles(containerId);
    this.#publisher[Symbol.dispose]();
    const { helper, namespaces, firewall, netlink, attachments } = this.#context;
    for (const part of [helper, namespaces, firewall, netlink, attachments]) part[Symbol.dispose]();
  }

  #locked<T>(containerId: string, work: () => Promise<T> | T): Promise<T> {
    return this.#context.locks.run(`container ${containerId}`, work);
  }

  async #join(sandbox: Sandbox, networkId: string, request: EndpointRequest): Promise<Endpoint> {
    const network = findNetwork(this.#context, networkId);
    const attachment = this.#attachmentOf(sandbox);
    const namespace = sandbox.netnsPath === '' ? undefined : this.#takeHandles(sandbox);
    let endpoint: EndpointRecord | undefined;
    try {
      await this.#moving(attachment, async () => {
        endpoint = await joinNetwork(this.#context, { attachment, network, request }, namespace);
      });
    } finally {
      namespace?.[Symbol.dispose]();
    }
    if (endpoint === undefined)
      throw new HakoError('internal', `network ${network.name} was joined without an endpoint`);
    if (servesDns(this.#context, network)) await this.#syncDns([network]);
    return publicEndpoint(endpoint);
  }

  #attachmentOf({ containerId, netnsPath }: Sandbox): Attachment {
    const known = this.#context.attachments.get(containerId);
    if (known !== undefined && known.netnsPath === netnsPath) return known;
    return { containerId, netnsPath, endpoints: known?.endpoints ?? new Map(), ports: known?.ports ?? [] };
  }

  /** Runs `work`, which changes a container's networks, and lets its published ports follow. */
  async #moving(attachment: Attachment, work: () => Promise<void>): Promise<void> {
    if (attachment.ports.length === 0) return work();
    const before = this.#publisher.elements(attachment);
    await work();
    this.#context.firewall.change({ remove: before, add: this.#publisher.elements(attachment) });
    this.#publisher.hold(attachment);
    allowHairpin(this.#context, attachment);
    await this.#context.firewall.ensure();
    this.#redirectFlows(attachment.ports, attachment);
    await this.#syncProxies();
  }

  /** Chooses host ports. What was let go a moment ago may still be open in the helper: then once more after it has followed. */
  async #choosePorts(attachment: Attachment, ports: readonly PortRequest[]): Promise<PortRecord[]> {
    try {
      return this.#publisher.choose(attachment, ports);
    } catch (error) {
      if (!(error instanceof HakoError && error.code === 'conflict')) throw error;
      await this.settled();
      return this.#publisher.choose(attachment, ports);
    }
  }

  async #changePorts(attachment: Attachment, ports: PortRecord[]): Promise<void> {
    const { firewall, attachments } = this.#context;
    const remove = this.#publisher.elements(attachment);
    const hadProxies = this.#publisher.proxies(attachment).length > 0;
    const before = attachment.ports;
    attachment.ports = ports;
    attachments.put(attachment);
    failpoint('network.ports.noted');
    firewall.change({ remove, add: this.#publisher.elements(attachment) });
    failpoint('network.ports.rules');
    allowHairpin(this.#context, attachment);
    await firewall.ensure();
    this.#redirectFlows([...before, ...ports], attachment);
    if (!hadProxies && this.#publisher.proxies(attachment).length === 0) return;
    const failed = await this.#syncProxies();
    this.#publisher.checkProxies(attachment, failed);
  }

  /** Lets datagrams that are on their way follow the rules as they are now. */
  #redirectFlows(ports: readonly PortRecord[], attachment: Attachment | undefined): void {
    for (const { request, hostPort } of ports) {
      if (request.protocol !== 'udp') continue;
      const isPublished = attachment?.ports.some((port) => port.hostPort === hostPort) ?? false;
      const endpoints = isPublished ? [...(attachment?.endpoints.values() ?? [])] : [];
      const targets = endpoints.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]);
      this.#context.firewall.redirectFlows(this.#context.netlink, { hostPort, targets });
    }
  }

  async #syncProxies(): Promise<Record<string, string>> {
    const count = this.#publisher.writeProxies();
    const { failedProxies } = await this.#context.helper.sync(count > 0 || hasZones(this.#context));
    return failedProxies;
  }

  async #syncDns(networks: readonly NetworkRecord[]): Promise<void> {
    for (const network of networks) writeZone(this.#context, network);
    const { gatewayPorts } = await this.#context.helper.sync(hasZones(this.#context));
    for (const network of networks) {
      const port = gatewayPorts[network.id];
      if (port !== undefined) this.#context.firewall.change({ add: gatewayElements(network, port) });
    }
  }

  /** Everything that others may notice is undone before this returns; what the kernel takes its time for follows. */
  #releaseNow(containerId: string): void {
    const attachment = this.#context.attachments.get(containerId);
    if (attachment === undefined) return;
    const { firewall, attachments, background, networks } = this.#context;
    const hadProxies = this.#publisher.proxies(attachment).length > 0;
    if (attachment.ports.length > 0) firewall.change({ remove: this.#publisher.elements(attachment) });
    failpoint('network.release.rules');
    this.#publisher.drop(containerId);
    attachments.delete(containerId);
    failpoint('network.release.noted');
    for (const endpoint of attachment.endpoints.values()) releaseAddresses(this.#context, endpoint);
    const served = [...attachment.endpoints.keys()]
      .flatMap((id) => networks.byId(id) ?? [])
      .filter((network) => servesDns(this.#context, network));
    background.run(`releasing the network of container ${containerId}`, async () => {
      this.#closeHandles(containerId);
      this.#redirectFlows(attachment.ports, undefined);
      if (hadProxies) this.#publisher.writeProxies();
      if (served.length > 0) await this.#syncDns(served);
      else if (hadProxies) await this.#syncProxies();
      failpoint('network.release.helper');
      if (attachment.netnsPath !== '') unpin(attachment.netnsPath);
    });
  }

  #keepOpen(containerId: string, namespace: OpenNamespace): void {
    const timer = setTimeout(() => this.#closeHandles(containerId), HANDLE_KEEP_MS).unref();
    this.#open.set(containerId, { namespace, timer });
  }

  #takeHandles({ containerId, netnsPath }: Sandbox): OpenNamespace {
    const kept = this.#open.get(containerId);
    if (kept === undefined || kept.namespace.path !== netnsPath) return openNamespace(netnsPath);
    clearTimeout(kept.timer);
    this.#open.delete(containerId);
    return kept.namespace;
  }

  #closeHandles(containerId: string): void {
    const kept = this.#open.get(containerId);
    clearTimeout(kept?.timer);
    kept?.namespace[Symbol.dispose]();
    this.#open.delete(containerId);
  }
}

/** The endpoint as callers see it. */
function publicEndpoint(record: EndpointRecord): Endpoint {
  const { hostInterface: _h, gatewayPriority: _g, dnsServers: _d, ...endpoint } = record;
  return structuredClone(endpoint);
}
