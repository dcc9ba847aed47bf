import type { Buffer } from 'node:buffer';
import { addressBytes } from '#system/netlink';
import { lookUp, lookUpReverse, type ZoneDirectory } from './directory.ts';
import {
  type AnswerRecord,
  encodeFailure,
  encodeName,
  encodeResponse,
  parseQuery,
  type Query,
  RecordType,
  ResponseCode,
} from './dns-message.ts';
import { forward } from './forward.ts';
import type { ResolvConfFile } from './resolv-conf.ts';
import type { Zone } from './zone.ts';

/** Short: containers come and go, and libraries that cache should notice. */
const TTL_S = 5;

/** What answering needs to know. */
export interface Names {
  directory: ZoneDirectory;
  host: ResolvConfFile;
}

/** Answers one message of a container, or undefined where none is due. Never throws for what the message contains. */
export async function answer(
  message: Buffer,
  asker: string,
  { names, isTcp }: { names: Names; isTcp: boolean },
): Promise<Buffer | undefined> {
  const query = parseQuery(message);
  if (query === undefined) return undefined;
  if (typeof query === 'number') return encodeFailure(message, query);
  const zones = names.directory.zonesOf(asker);
  const limit = isTcp ? undefined : query.maxUdpBytes;
  const own = answerFromZones(query, zones);
  if (own !== undefined) return encodeResponse(query, ResponseCode.NOERROR, own, limit);
  // Who has no way out must not get one through us (DNS tunnels): CVE-2024-29018 was such a hole.
  if (zones.every(({ internal }) => internal)) return encodeResponse(query, ResponseCode.NXDOMAIN, [], limit);
  const servers = serversFor(asker, zones) ?? names.host.read().nameservers;
  const reply = await forward(message, query, { servers, isTcp, asker });
  return reply ?? encodeResponse(query, ResponseCode.SERVFAIL, [], limit);
}

/** The records that the asker's networks have for a question; undefined when its name is not in them. */
export function answerFromZones(query: Query, zones: readonly Zone[]): AnswerRecord[] | undefined {
  if (query.class !== 1) return undefined;
  if (query.type === RecordType.PTR) {
    const name = lookUpReverse(zones, query.name);
    return name === undefined ? undefined : [{ type: RecordType.PTR, ttlS: TTL_S, data: encodeName(name) }];
  }
  const { exists, ipv4, ipv6 } = lookUp(zones, query.name);
  if (!exists) return undefined;
  const isAny = query.type === RecordType.ANY;
  const a = query.type === RecordType.A || isAny ? ipv4.map((text) => record(RecordType.A, text)) : [];
  const aaaa = query.type === RecordType.AAAA || isAny ? ipv6.map((text) => record(RecordType.AAAA, text)) : [];
  return shuffled([...a, ...aaaa]);
}

function record(type: number, address: string): AnswerRecord {
  return { type, ttlS: TTL_S, data: addressBytes(address) };
}

/** Several containers under one alias take turns: most clients use the first address. */
function shuffled<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    const kept = items[last] as T;
    items[last] = items[other] as T;
    items[other] = kept;
  }
  return items;
}

function serversFor(asker: string, zones: readonly Zone[]): string[] | undefined {
  const own = zones
    .flatMap(({ endpoints }) => endpoints)
    .find(({ containerId, servers }) => containerId === asker && servers.length > 0);
  return own?.servers;
}
