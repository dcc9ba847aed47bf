import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Proxies } from './proxy.ts';

/** How a registry's TLS differs from what this machine trusts anyway. PEM texts. */
export interface TlsSettings {
  ca: string[];
  clients: { cert: string; key: string }[];
  skipVerify: boolean;
}

export const DEFAULT_TLS: TlsSettings = { ca: [], clients: [], skipVerify: false };

/**
 * Connections of one transfer, kept between its requests. The registry's own host may see client certificates; hosts that it
 * redirects to never do. Proxies are those of the environment.
 */
export class Agents implements Disposable {
  readonly #origin: string;
  readonly #tls: TlsSettings;
  readonly #proxies = new Proxies();
  readonly #agents = new Map<string, http.Agent>();
  /** Ways through proxies. Until one is open its agent does not know of it. */
  readonly #tunnels = new Set<Duplex>();

  constructor(origin: string, tls: TlsSettings) {
    this.#origin = origin;
    this.#tls = tls;
  }

  of(url: URL): http.Agent {
    const isOwn = url.origin === this.#origin;
    const proxy = this.#proxies.of(url)?.href;
    const key = `${url.protocol} ${isOwn} ${proxy}`;
    const agent = this.#agents.get(key) ?? this.#make(url, isOwn, proxy);
    this.#agents.set(key, agent);
    return agent;
  }

  /** The proxy between us and an address, if any. */
  proxyOf(url: URL): URL | undefined {
    return this.#proxies.of(url);
  }

  #make(url: URL, isOwn: boolean, proxy: string | undefined): http.Agent {
    if (proxy?.startsWith('https:')) trustMachine();
    const proxyEnv = proxy === undefined ? {} : { proxyEnv: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy } };
    const options = { keepAlive: true, scheduling: 'lifo' as const, ...proxyEnv };
    if (url.protocol !== 'https:') return new http.Agent(options);
    const { ca, clients, skipVerify } = this.#tls;
    const own = isOwn && clients.length > 0 ? { cert: clients.map((c) => c.cert), key: clients.map((c) => c.key) } : {};
    const agent = new https.Agent({
      ...options,
      ...own,
      ca: [...machineCertificates(), ...ca],
      rejectUnauthorized: !skipVerify,
    });
    if (proxy !== undefined) this.#watchTunnels(agent);
    return agent;
  }

  #watchTunnels(agent: https.Agent): void {
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (...request) => {
      const socket = connect(...request);
      if (!socket) return socket;
      this.#tunnels.add(socket);
      return socket.once('close', () => this.#tunnels.delete(socket));
    };
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    for (const tunnel of this.#tunnels) tunnel.destroy();
    this.#agents.clear();
  }
}

let certificates: string[] | undefined;

/** What Node trusts and what the machine's administrator added; read once. */
function machineCertificates(): string[] {
  certificates ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return certificates;
}

let isMachineTrusted = false;

/** For the certificate of a proxy itself: there Node goes by its defaults, not by what the agent says. */
function trustMachine(): void {
  if (!isMachineTrusted) setDefaultCACertificates(machineCertificates());
  isMachineTrusted = true;
}
