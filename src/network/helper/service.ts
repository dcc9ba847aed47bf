import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode, errorMessage, ignoring, log } from '#base';
import type { Names } from './answer.ts';
import { serveContainerDns } from './container-dns.ts';
import { ZoneDirectory } from './directory.ts';
import { closeDns, type DnsSockets, listenDns } from './dns-sockets.ts';
import { type PortProxy, startProxy } from './proxy.ts';
import { ResolvConfFile } from './resolv-conf.ts';
import { parseProxies, proxyKey, type Zone } from './zone.ts';

/** What the daemon learns after the helper has made itself what the files say. */
export interface SyncReport {
  /** Errno of each proxy that could not listen, by `proxyKey`. */
  failedProxies: Record<string, string>;
  /** Port of each network's DNS server on its gateway address, where 53 was taken by another program. */
  gatewayPorts: Record<string, number>;
}

export interface ServicePaths {
  /** Holds `zones/` and `proxies`. */
  stateDir: string;
  namespaceDir: string;
  resolvConf: string;
}

interface GatewayServer {
  sockets: DnsSockets;
  port: number;
}

const DNS_PORT = 53;

/** Everything that listens in the helper, kept equal to the files. */
export class HelperService {
  readonly #paths: ServicePaths;
  readonly #names: Names;
  readonly #containers = new Map<string, DnsSockets>();
  readonly #gateways = new Map<string, GatewayServer>();
  readonly #proxies = new Map<string, PortProxy>();

  constructor(paths: ServicePaths) {
    this.#paths = paths;
    this.#names = {
      directory: new ZoneDirectory(join(paths.stateDir, 'zones')),
      host: new ResolvConfFile(paths.resolvConf),
    };
  }

  /** True while there is nothing to do. */
  get isIdle(): boolean {
    return this.#containers.size + this.#gateways.size + this.#proxies.size === 0;
  }

  /** Opens what is missing and closes what is too much. One call at a time. */
  async sync(): Promise<SyncReport> {
    const zones = this.#names.directory.zones();
    await this.#syncContainers(zones);
    const gatewayPorts = await this.#syncGateways(zones);
    const failedProxies = await this.#syncProxies();
    return { failedProxies, gatewayPorts };
  }

  /** Keyed by namespace too: a container that was started anew has another one. */
  async #syncContainers(zones: readonly Zone[]): Promise<void> {
    const wanted = new Map<string, { containerId: string; namespace: string }>();
    for (const { containerId, namespace } of zones.flatMap(({ endpoints }) => endpoints)) {
      if (namespace !== '') wanted.set(`${containerId} ${namespace}`, { containerId, namespace });
    }
    for (const [key, sockets] of this.#containers) {
      if (wanted.has(key)) continue;
      closeDns(sockets);
      this.#containers.delete(key);
    }
    for (const [key, { containerId, namespace }] of wanted) {
      if (this.#containers.has(key)) continue;
      try {
        const path = join(this.#paths.namespaceDir, namespace);
        this.#containers.set(key, await serveContainerDns(path, containerId, this.#names));
      } catch (error) {
        log.error('DNS cannot be served in a container', { container: containerId, error: errorMessage(error) });
      }
    }
  }

  /** For runtimes with a network stack of their own, which do not see sockets inside the namespace. */
  async #syncGateways(zones: readonly Zone[]): Promise<Record<string, number>> {
    const wanted = new Map(zones.filter(({ gateway }) => gateway !== '').map((zone) => [zone.id, zone]));
    for (const [id, server] of this.#gateways) {
      if (wanted.has(id)) continue;
      closeDns(server.sockets);
      this.#gateways.delete(id);
    }
    for (const [id, zone] of wanted) if (!this.#gateways.has(id)) await this.#openGateway(zone);
    const moved = [...this.#gateways].filter(([, { port }]) => port !== DNS_PORT);
    return Object.fromEntries(moved.map(([id, { port }]) => [id, port]));
  }

  async #openGateway(zone: Zone): Promise<void> {
    const identify = (address: string) =>
      this.#names.directory
        .zones()
        .find(({ id }) => id === zone.id)
        ?.endpoints.find(({ ipv4 }) => ipv4 === address)?.containerId;
    for (const port of [DNS_PORT, 10_053, 20_053]) {
      try {
        const at = { address: zone.gateway, port };
        this.#gateways.set(zone.id, { sockets: await listenDns({ udp: at, tcp: at }, identify, this.#names), port });
        return;
      } catch (error) {
        if (errnoCode(error) === 'EADDRINUSE') continue;
        log.error('DNS cannot be served on a gateway', { network: zone.name, error: errorMessage(error) });
        return;
      }
    }
  }

  async #syncProxies(): Promise<Record<string, string>> {
    const text = ignoring('ENOENT', () => readFileSync(join(this.#paths.stateDir, 'proxies'), 'utf8')) ?? '';
    const wanted = new Map(parseProxies(text).map((entry) => [proxyKey(entry), entry]));
    for (const [key, proxy] of this.#proxies) {
      if (wanted.has(key)) continue;
      proxy.close();
      this.#proxies.delete(key);
    }
    const failed: Record<string, string> = {};
    for (const [key, entry] of wanted) {
      const running = this.#proxies.get(key);
      if (running !== undefined) {
        running.target = { address: entry.targetAddress, port: entry.targetPort };
        continue;
      }
      try {
        this.#proxies.set(key, await startProxy(entry));
      } catch (error) {
        failed[key] = errnoCode(error) ?? 'EIO';
      }
    }
    return failed;
  }

  /** Closes everything. */
  close(): void {
    for (const sockets of this.#containers.values()) closeDns(sockets);
    for (const { sockets } of this.#gateways.values()) closeDns(sockets);
    for (const proxy of this.#proxies.values()) proxy.close();
  }

  /** False when the folder of this instance was removed: there is nobody left to work for. */
  get hasHome(): boolean {
    return existsSync(this.#paths.stateDir);
  }
}
