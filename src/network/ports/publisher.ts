import { errnoCode, errorMessage, HakoError, log } from '#base';
import { readBridgeOptions } from '../bridge/options.ts';
import type { NetworkContext } from '../context.ts';
import type { PortRequest, PublishedPort } from '../contract.ts';
import { writeAtomically } from '../dns.ts';
import { forwardingElement, type RuleElement } from '../firewall/element.ts';
import { helperPaths } from '../helper/protocol.ts';
import { type ProxyEntry, proxyKey, renderProxies } from '../helper/zone.ts';
import { hasIPv6, readSysctl } from '../netns/sysctl.ts';
import { leadingEndpoints } from '../routing.ts';
import type { Attachment, PortRecord } from '../store/attachments.ts';
import { type Binding, forwardingOf, type PortSurroundings, planBindings, proxyOf, publishedOf } from './plan.ts';
import { probePort, reservePort } from './reserve.ts';

/** Publishes ports of containers: chooses and holds host ports, and says what firewall and helper have to do. */
export class Publisher implements Disposable {
  readonly #context: NetworkContext;
  /** The sockets that hold host ports, by container. */
  readonly #held = new Map<string, Disposable[]>();
  #nextEphemeral = 0;

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /**
   * Chooses host ports for `requests`, holds them and notes them in `attachment`, all or none.
   * Throws `conflict` ("port is already allocated"), `invalid` and `unsupported`.
   */
  choose(attachment: Attachment, requests: readonly PortRequest[]): PortRecord[] {
    const surroundings = this.#surroundings(attachment);
    const held: Disposable[] = [];
    const promised = this.#promisedProxies();
    try {
      const records = withoutDuplicates(requests).map((request) => {
        const bindings = planBindings(request, surroundings);
        const { hostPort, sockets } = this.#reserve(request, bindings, promised);
        held.push(...sockets);
        for (const entry of bindings.flatMap((binding) => proxyOf(request, hostPort, binding)))
          promised.add(proxyKey(entry));
        return { request, hostPort, published: bindings.map((binding) => publishedOf(request, hostPort, binding)) };
      });
      this.#held.set(attachment.containerId, [...(this.#held.get(attachment.containerId) ?? []), ...held]);
      return records;
    } catch (error) {
      for (const socket of held) socket[Symbol.dispose]();
      throw error;
    }
  }

  /** Lets go of the host ports of a container. */
  drop(containerId: string): void {
    for (const socket of this.#held.get(containerId) ?? []) socket[Symbol.dispose]();
    this.#held.delete(containerId);
  }

  /** Holds the host ports of a container (anew), for recovery and when its networks changed. */
  hold(attachment: Attachment): void {
    this.drop(attachment.containerId);
    const held: Disposable[] = [];
    for (const { request, hostPort, binding } of this.#bindings(attachment)) {
      if (binding.isProxied) continue;
      try {
        held.push(...reserve(request, hostPort, binding));
      } catch (error) {
        const port = `${binding.hostIp}:${hostPort}/${request.protocol}`;
        log.warn('another program has taken a published port', { port, error: errorMessage(error) });
      }
    }
    this.#held.set(attachment.containerId, held);
  }

  /** The rule elements of a container's ports as its networks are now. */
  elements(attachment: Attachment): RuleElement[] {
    return this.#bindings(attachment).flatMap(({ request, hostPort, binding }) =>
      forwardingOf(request, hostPort, binding).map(forwardingElement),
    );
  }

  /** What the helper has to pass on for a container. */
  proxies(attachment: Attachment): ProxyEntry[] {
    return this.#bindings(attachment).flatMap(({ request, hostPort, binding }) => proxyOf(request, hostPort, binding));
  }

  /** The ports that lead to the container now: none while it is in internal networks only. */
  published(attachment: Attachment): PublishedPort[] {
    if (attachment.ports.length === 0) return [];
    const { ipv4, ipv6 } = this.#target(attachment);
    return ipv4 === '' && ipv6 === '' ? [] : attachment.ports.flatMap(({ published }) => published);
  }

  /** Writes what the helper has to pass on; answers how much that is. */
  writeProxies(): number {
    const entries = this.#context.attachments.list().flatMap((attachment) => this.proxies(attachment));
    writeAtomically(helperPaths(this.#context.paths.stateDir).proxies, renderProxies(entries));
    return entries.length;
  }

  /** Throws `conflict` when the helper could not listen for `attachment`. */
  checkProxies(attachment: Attachment, failed: Record<string, string>): void {
    for (const entry of this.proxies(attachment)) {
      const code = failed[proxyKey(entry)];
      if (code !== undefined) throw refused({ ...entry, code });
    }
  }

  [Symbol.dispose](): void {
    for (const containerId of [...this.#held.keys()]) this.drop(containerId);
  }

  #bindings(attachment: Attachment): { request: PortRequest; hostPort: number; binding: Binding }[] {
    if (attachment.ports.length === 0) return [];
    const surroundings = this.#surroundings(attachment);
    return attachment.ports.flatMap(({ request, hostPort }) =>
      planBindings(request, surroundings).map((binding) => ({ request, hostPort, binding })),
    );
  }

  /** The addresses that published ports lead to. */
  #target(attachment: Attachment): { ipv4: string; ipv6: string; networkId: string } {
    const leading = leadingEndpoints(this.#context, attachment);
    const ipv4 = leading.find(({ ipv4Address }) => ipv4Address !== '');
    const ipv6 = leading.find(({ ipv6Address }) => ipv6Address !== '');
    return { ipv4: ipv4?.ipv4Address ?? '', ipv6: ipv6?.ipv6Address ?? '', networkId: ipv4?.networkId ?? '' };
  }

  #surroundings(attachment: Attachment): PortSurroundings {
    const { networkId, ...target } = this.#target(attachment);
    const network = this.#context.networks.byId(networkId);
    return {
      target,
      hostHasIPv6: hasIPv6(),
      obeyHostFirewall: this.#context.options.obeyHostFirewall ?? false,
      defaultHostIp: network === undefined ? '' : readBridgeOptions(network.options).hostBindingIPv4,
    };
  }

  /** What the helper listens on or soon will. */
  #promisedProxies(): Set<string> {
    return new Set(this.#context.attachments.list().flatMap((attachment) => this.proxies(attachment).map(proxyKey)));
  }

  #reserve(
    request: PortRequest,
    bindings: readonly Binding[],
    promised: ReadonlySet<string>,
  ): { hostPort: number; sockets: Disposable[] } {
    const wantsAny = request.hostPortStart === 0;
    let last: unknown;
    for (const hostPort of wantsAny ? this.#ephemeralPorts() : portRange(request)) {
      try {
        for (const binding of bindings) checkPromised(proxyOf(request, hostPort, binding), promised);
        const sockets = reserveAll(request, hostPort, bindings);
        if (wantsAny) this.#nextEphemeral = hostPort + 1;
        return { hostPort, sockets };
      } catch (error) {
        if (errnoCode(error) !== 'EADDRINUSE') throw toHakoError(error, request, hostPort);
        last = error;
      }
    }
    throw toHakoError(last, request, request.hostPortStart);
  }

  /** Goes on behind the last one given, so that a port that was let go rests. */
  *#ephemeralPorts(): Generator<number> {
    const [first = 32_768, last = 60_999] = (readSysctl('net/ipv4/ip_local_port_range') ?? '').split(/\s+/).map(Number);
    const start = this.#nextEphemeral >= first && this.#nextEphemeral <= last ? this.#nextEphemeral : first;
    for (let port = start; port <= last; port++) yield port;
    for (let port = first; port < start; port++) yield port;
  }
}

function checkPromised(entries: readonly ProxyEntry[], promised: ReadonlySet<string>): void {
  const taken = entries.find((entry) => promised.has(proxyKey(entry)));
  if (taken !== undefined) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE', address: taken.address });
}

function* portRange({ hostPortStart, hostPortEnd }: PortRequest): Generator<number> {
  for (let port = hostPortStart; port <= Math.max(hostPortStart, hostPortEnd); port++) yield port;
}

function reserveAll(request: PortRequest, hostPort: number, bindings: readonly Binding[]): Disposable[] {
  using stack = new DisposableStack();
  const sockets = bindings.flatMap((binding) => reserve(request, hostPort, binding).map((socket) => stack.use(socket)));
  stack.move();
  return sockets;
}

/** What the helper will listen on is only probed: two sockets cannot have it. Kernels without SCTP have no socket to hold. */
function reserve({ protocol }: PortRequest, port: number, { hostIp: address, isProxied }: Binding): Disposable[] {
  try {
    if (!isProxied) return [reservePort({ protocol, address, port })];
    probePort({ protocol, address, port });
    return [];
  } catch (error) {
    if (protocol === 'sctp' && errnoCode(error) === 'EPROTONOSUPPORT') return [];
    throw Object.assign(error as Error, { address });
  }
}

function toHakoError(error: unknown, { protocol, hostIp }: PortRequest, port: number): unknown {
  const code = errnoCode(error);
  if (code === undefined) return error;
  const at = error instanceof Error && 'address' in error ? String(error.address) : hostIp;
  return refused({ protocol, address: at, port, code, cause: error });
}

/** The words `port is already allocated` are what clients look for. */
function refused(port: { protocol: string; address: string; port: number; code: string; cause?: unknown }): HakoError {
  const address = port.address.includes(':') ? `[${port.address}]` : port.address;
  const what = `Bind for ${address}:${port.port} failed`;
  const options = { cause: port.cause };
  if (port.code === 'EADDRINUSE') {
    const advice = `stop what uses ${port.protocol} port ${port.port}, or publish another host port`;
    return new HakoError('conflict', `${what}: port is already allocated: ${advice}`, options);
  }
  if (port.code === 'EADDRNOTAVAIL') {
    return new HakoError(
      'invalid',
      `${what}: cannot assign requested address: it is not an address of this host`,
      options,
    );
  }
  return new HakoError('unavailable', `${what}: ${port.code}`, options);
}

/** The same port asked for twice in the same words is one port. */
function withoutDuplicates(requests: readonly PortRequest[]): PortRequest[] {
  return [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
}
