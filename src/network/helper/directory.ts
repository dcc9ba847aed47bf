import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import { addressBytes, addressText } from '#system/netlink';
import { reverseAddress } from './dns-message.ts';
import { parseZone, type Zone, type ZoneEndpoint } from './zone.ts';

/** Addresses of a name; `exists` also when it has none of the family that was asked for. */
export interface Lookup {
  exists: boolean;
  ipv4: string[];
  ipv6: string[];
}

interface CachedZone {
  stamp: string;
  zone: Zone | undefined;
}

/** Who is in which network, read from the zone files whenever they changed. */
export class ZoneDirectory {
  readonly #dir: string;
  readonly #cache = new Map<string, CachedZone>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** All zones as they are now. */
  zones(): Zone[] {
    const names = ignoring('ENOENT', () => readdirSync(this.#dir)) ?? [];
    const present = new Set(names.filter((name) => !name.startsWith('.')));
    for (const name of this.#cache.keys()) if (!present.has(name)) this.#cache.delete(name);
    return [...present].sort().flatMap((name) => this.#read(name) ?? []);
  }

  /** The zones in which a container has an endpoint. */
  zonesOf(containerId: string): Zone[] {
    return this.zones().filter(({ endpoints }) => endpoints.some((endpoint) => endpoint.containerId === containerId));
  }

  /** stat tells cheaply whether a file is another one than last time. */
  #read(name: string): Zone | undefined {
    const path = join(this.#dir, name);
    const stats = ignoring('ENOENT', () => statSync(path, { bigint: true }));
    if (stats === undefined) return undefined;
    const stamp = `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
    const cached = this.#cache.get(name);
    if (cached?.stamp === stamp) return cached.zone;
    const zone = parseZone(ignoring('ENOENT', () => readFileSync(path, 'utf8')) ?? '');
    this.#cache.set(name, { stamp, zone });
    return zone;
  }
}

/** Looks `name` up in the networks of the asker: `web`, an alias, a short id, or any of them with `.network`. */
export function lookUp(zones: readonly Zone[], name: string): Lookup {
  const found: ZoneEndpoint[] = zones.flatMap((zone) => {
    const suffix = `.${zone.name.toLowerCase()}`;
    const bare = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    return zone.endpoints.filter(({ names }) => names.includes(name) || names.includes(bare));
  });
  return {
    exists: found.length > 0,
    ipv4: found.map(({ ipv4 }) => ipv4).filter(Boolean),
    ipv6: found.map(({ ipv6 }) => ipv6).filter(Boolean),
  };
}

/** The name of the container that has the address which the reverse name `name` stands for, with its network's name. */
export function lookUpReverse(zones: readonly Zone[], name: string): string | undefined {
  const text = reverseAddress(name);
  const address = text === undefined ? undefined : normalised(text);
  if (address === undefined) return undefined;
  for (const zone of zones) {
    const endpoint = zone.endpoints.find(({ ipv4, ipv6 }) => ipv4 === address || ipv6 === address);
    if (endpoint !== undefined) return `${endpoint.names[0]}.${zone.name}`;
  }
  return undefined;
}

function normalised(address: string): string | undefined {
  try {
    return addressText(addressBytes(address));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
