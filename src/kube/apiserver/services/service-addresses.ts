import { log } from '#base';
import { internalError, invalid, invalidObject, type KubeObject, type ResourceDefinition } from '#kube/api';
import type { ObjectStore, Stores } from '../store/mod.ts';
import type { Disposition, WriteHook } from '../verbs/machinery.ts';
import { type AddressBlock, formatAddress, isUsable, parseAddress } from './addresses.ts';
import { ipAddressOf, isHeldBy } from './ip-address.ts';
import type { NodePorts } from './ports.ts';

interface ServicePort {
  port: number;
  protocol?: string;
  nodePort?: number;
}

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  ports?: ServicePort[];
  healthCheckNodePort?: number;
  externalTrafficPolicy?: string;
  allocateLoadBalancerNodePorts?: boolean;
}

const SERVICE = { group: '', kind: 'Service' };
const TRIES = 1024;

/** What service addresses are made of. */
export interface ServiceAddressOptions {
  readonly stores: Stores;
  /** The row of `ipaddresses`: one object is held for every address in use, which makes it unique over all API servers. */
  readonly ipAddresses: ResourceDefinition;
  readonly block: AddressBlock;
  readonly ports: NodePorts;
  readonly nowMs: () => number;
}

/** Gives services their cluster IPs and node ports, and takes them back. */
export class ServiceAddresses implements WriteHook {
  readonly #options: ServiceAddressOptions;
  readonly #addresses: ObjectStore;

  constructor(options: ServiceAddressOptions) {
    this.#options = options;
    this.#addresses = options.stores.of(options.ipAddresses);
  }

  async prepare(object: KubeObject, old: KubeObject | undefined, dryRun: boolean): Promise<Disposition> {
    const spec = specOf(object);
    const before = old === undefined ? undefined : specOf(old);
    const taken: (() => Promise<void>)[] = [];
    try {
      await this.#prepareAddress(object, spec, before, dryRun, taken);
      await this.#preparePorts(object, spec, before, dryRun, taken);
    } catch (error) {
      await undo(taken);
      throw error;
    }
    const freed = before === undefined ? undefined : this.#freed(spec, before);
    return {
      keep: async () => {
        if (freed !== undefined && !dryRun) await this.#release(freed.addresses, freed.ports);
      },
      undo: () => undo(taken),
    };
  }

  async released(object: KubeObject): Promise<void> {
    const spec = specOf(object);
    await this.#release(addressesOf(spec), portsOf(spec));
  }

  async #prepareAddress(
    object: KubeObject,
    spec: ServiceSpec,
    before: ServiceSpec | undefined,
    dryRun: boolean,
    taken: (() => Promise<void>)[],
  ): Promise<void> {
    if (spec.type === 'ExternalName') {
      for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) delete spec[field];
      return;
    }
    if (before !== undefined && (spec.clusterIP ?? '') === '' && (before.clusterIP ?? '') !== '')
      copyAddress(spec, before);
    spec.clusterIP ||= spec.clusterIPs?.[0] ?? '';
    if (spec.clusterIP === '') spec.clusterIP = await this.#takeFree(object, dryRun, taken);
    else if (spec.clusterIP !== 'None' && spec.clusterIP !== before?.clusterIP)
      await this.#takeWanted(object, spec, dryRun, taken);
    spec.clusterIPs ??= [spec.clusterIP];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  }

  async #takeFree(object: KubeObject, dryRun: boolean, taken: (() => Promise<void>)[]): Promise<string> {
    const { block } = this.#options;
    for (let tries = 0; tries < TRIES; tries++) {
      const address = formatAddress(block.first + 1 + Math.floor(Math.random() * (block.size - 2)));
      if (dryRun || (await this.#hold(address, object, taken))) return address;
    }
    throw internalError('failed to allocate a serviceIP: range is full');
  }

  async #takeWanted(
    object: KubeObject,
    spec: ServiceSpec,
    dryRun: boolean,
    taken: (() => Promise<void>)[],
  ): Promise<void> {
    const wanted = spec.clusterIP ?? '';
    const number = parseAddress(wanted);
    const refuse = (why: string) =>
      invalidObject(SERVICE, object.metadata.name ?? '', [
        invalid('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: ${why}`),
      ]);
    if (number === undefined || !isUsable(this.#options.block, number)) {
      const { first, size } = this.#options.block;
      throw refuse(
        `the provided IP is not in the valid range. The range of valid IPs is ${formatAddress(first)}/${32 - Math.log2(size)}`,
      );
    }
    if (!dryRun && !(await this.#hold(wanted, object, taken))) throw refuse('provided IP is already allocated');
  }

  /** Makes the IPAddress object; false when somebody has it. */
  async #hold(address: string, service: KubeObject, taken: (() => Promise<void>)[]): Promise<boolean> {
    const key = this.#addresses.key('', address);
    const object = ipAddressOf(address, service, this.#options.nowMs());
    if ((await this.#addresses.create(key, object)) === undefined) {
      // Held for this very service: by a try that a crash cut off, or by another server that makes it at the same time. Not ours to undo.
      const holder = await this.#addresses.get(key);
      return holder !== undefined && isHeldBy(holder.object, service);
    }
    taken.push(() => this.#letGo(address));
    return true;
  }

  async #letGo(address: string): Promise<void> {
    await this.#addresses.update(this.#addresses.key('', address), (current) =>
      current === undefined ? { keep: true } : { delete: true },
    );
  }

  async #preparePorts(
    object: KubeObject,
    spec: ServiceSpec,
    before: ServiceSpec | undefined,
    dryRun: boolean,
    taken: (() => Promise<void>)[],
  ): Promise<void> {
    if (!needsNodePorts(spec)) return;
    const had = new Set(before === undefined ? [] : portsOf(before));
    const shared = sharedPorts(spec);
    const wanted = portsOf(spec).filter((port) => !had.has(port));
    const open = openPorts(spec, shared);
    this.#checkRange(object, spec, wanted);
    if (dryRun) return;
    const got = await this.#options.ports.take([...new Set(wanted)], open.length);
    if ('taken' in got) throw this.#portRefused(object, spec, got.taken);
    taken.push(() => this.#options.ports.release([...wanted, ...got]));
    for (const [index, assign] of open.entries()) assign(got[index] as number);
  }

  #portRefused(object: KubeObject, spec: ServiceSpec, port: number): Error {
    if (port === 0) return internalError(`failed to allocate a nodePort: range is full (${this.#options.ports.range})`);
    const error = invalid(fieldOf(spec, port), port, 'provided port is already allocated');
    return invalidObject(SERVICE, object.metadata.name ?? '', [error]);
  }

  #checkRange(object: KubeObject, spec: ServiceSpec, wanted: readonly number[]): void {
    const { ports } = this.#options;
    const wrong = wanted.filter((port) => !ports.contains(port));
    if (wrong.length === 0) return;
    const detail = `provided port is not in the valid range. The range of valid ports is ${ports.range}`;
    const errors = wrong.map((port) => invalid(fieldOf(spec, port), port, detail));
    throw invalidObject(SERVICE, object.metadata.name ?? '', errors);
  }

  #freed(spec: ServiceSpec, before: ServiceSpec): { addresses: string[]; ports: number[] } {
    const kept = new Set<string | number>([...addressesOf(spec), ...portsOf(spec)]);
    return {
      addresses: addressesOf(before).filter((address) => !kept.has(address)),
      ports: portsOf(before).filter((port) => !kept.has(port)),
    };
  }

  async #release(addresses: readonly string[], ports: readonly number[]): Promise<void> {
    try {
      for (const address of addresses) await this.#letGo(address);
      await this.#options.ports.release(ports);
    } catch (error) {
      // `repair` finds them at the next start.
      log.warn('addresses of a service were not given back', { addresses, ports, error });
    }
  }
}

async function undo(taken: (() => Promise<void>)[]): Promise<void> {
  for (const release of taken.splice(0)) {
    try {
      await release();
    } catch (error) {
      log.warn('an address of a service was not given back', { error });
    }
  }
}

/** The field that names a node port. */
function fieldOf({ ports = [] }: ServiceSpec, port: number): string {
  const index = ports.findIndex(({ nodePort }) => nodePort === port);
  return index < 0 ? 'spec.healthCheckNodePort' : `spec.ports[${index}].nodePort`;
}

function specOf(object: KubeObject): ServiceSpec {
  object.spec ??= {};
  return object.spec as ServiceSpec;
}

function copyAddress(spec: ServiceSpec, before: ServiceSpec): void {
  if (before.clusterIP === undefined || before.clusterIP === 'None') return;
  spec.clusterIP = before.clusterIP;
  if (before.clusterIPs !== undefined) spec.clusterIPs ??= [...before.clusterIPs];
}

function addressesOf({ clusterIPs, clusterIP }: ServiceSpec): string[] {
  return (clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP])).filter(
    (address) => address !== '' && address !== 'None',
  );
}

function needsNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}

function portsOf({ ports, healthCheckNodePort }: ServiceSpec): number[] {
  const all = [...(ports ?? []).map(({ nodePort }) => nodePort ?? 0), healthCheckNodePort ?? 0];
  return [...new Set(all.filter((port) => port !== 0))];
}

/** TCP and UDP of one port share a node port. */
function sharedPorts({ ports }: ServiceSpec): Map<number, number> {
  return new Map(
    (ports ?? [])
      .filter(({ nodePort }) => (nodePort ?? 0) !== 0)
      .map(({ port, nodePort }) => [port, nodePort as number]),
  );
}

/** What is still without a port, as setters; ports of one number in two protocols get one. */
function openPorts(spec: ServiceSpec, shared: ReadonlyMap<number, number>): ((port: number) => void)[] {
  const setters = new Map<number, ((port: number) => void)[]>();
  for (const item of spec.ports ?? []) {
    if ((item.nodePort ?? 0) !== 0) continue;
    const known = shared.get(item.port);
    if (known !== undefined) item.nodePort = known;
    else {
      const assign = (port: number) => {
        item.nodePort = port;
      };
      setters.set(item.port, [...(setters.get(item.port) ?? []), assign]);
    }
  }
  const open = [...setters.values()].map((assigns) => (port: number) => {
    for (const assign of assigns) assign(port);
  });
  if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' && (spec.healthCheckNodePort ?? 0) === 0) {
    open.push((port) => {
      spec.healthCheckNodePort = port;
    });
  }
  return open;
}
