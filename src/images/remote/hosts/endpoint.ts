import { DEFAULT_TLS, type TlsSettings } from '../http/agents.ts';

/** What a host of a registry may be used for. `resolve` is tag → digest, which only a trusted mirror should do. */
export type Capability = 'pull' | 'resolve' | 'push';

export const ALL_CAPABILITIES: readonly Capability[] = ['pull', 'resolve', 'push'];

/** One address under which a registry, or a mirror of it, is served. */
export interface Endpoint {
  /** Ends with a slash: `https://registry-1.docker.io/v2/`. */
  base: URL;
  capabilities: readonly Capability[];
  /** Sent with every request to this host. */
  headers: Record<string, string>;
  tls: TlsSettings;
  /** The registry that it stands for, where it is a mirror: sent as `ns`. */
  mirrorOf?: string;
  /** True where plain HTTP is allowed by the settings. */
  allowsHttp: boolean;
}

/** docker.io is a name; this is where it is served. */
const SERVED_AT: Record<string, string> = { 'docker.io': 'registry-1.docker.io' };

export function serverOf(domain: string): string {
  return SERVED_AT[domain] ?? domain;
}

/** The endpoints of a registry that no file says anything about: HTTPS, and HTTP after it where that is allowed. */
export function plainEndpoints(domain: string, isInsecure: boolean, tls: TlsSettings = DEFAULT_TLS): Endpoint[] {
  const make = (scheme: string, settings: TlsSettings): Endpoint => ({
    base: new URL(`${scheme}://${serverOf(domain)}/v2/`),
    capabilities: ALL_CAPABILITIES,
    headers: {},
    tls: settings,
    allowsHttp: isInsecure,
  });
  if (!isInsecure) return [make('https', tls)];
  return [make('https', { ...tls, skipVerify: true }), make('http', tls)];
}
