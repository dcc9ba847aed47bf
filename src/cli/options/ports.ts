/** Ports: `8080:80`, `127.0.0.1::80/udp`, `[::1]:8000-8010:8000-8010`. */
import { UsageError } from '../errors.ts';

export interface PublishedPorts {
  /** Keys such as `80/tcp`. */
  exposed: Record<string, object>;
  bindings: Record<string, { HostIp: string; HostPort: string }[]>;
}

/** Reads -p. Throws UsageError. */
export function parsePublished(specs: readonly string[]): PublishedPorts {
  const result: PublishedPorts = { exposed: {}, bindings: {} };
  for (const spec of specs) publish(spec, result);
  return result;
}

function publish(spec: string, result: PublishedPorts): void {
  const match = /^(?:(?:(\[[^\]]+\]|[^:[\]]*):)?([\d-]*):)?([\d-]+)(?:\/(\w+))?$/.exec(spec);
  if (match === null) throw new UsageError(`--publish ${spec}: write [IP:][HOST_PORT:]PORT[/tcp|udp|sctp]`);
  const [, address = '', host = '', inside = '', protocol = 'tcp'] = match;
  const ports = parseRange(inside, spec);
  const hostPorts = host === '' ? [] : parseRange(host, spec);
  // A range for one port lets the daemon choose within it.
  const choose = ports.length === 1 && hostPorts.length > 1;
  if (!choose && hostPorts.length > 0 && hostPorts.length !== ports.length) {
    throw new UsageError(`--publish ${spec}: the two ranges are not of the same length`);
  }
  ports.forEach((port, index) => {
    const key = `${port}/${checkProtocol(protocol, spec)}`;
    const hostPort = choose ? host : String(hostPorts[index] ?? '');
    result.exposed[key] = {};
    const binding = { HostIp: address.replace(/^\[|\]$/g, ''), HostPort: hostPort };
    result.bindings[key] = [...(result.bindings[key] ?? []), binding];
  });
}

/** Reads --expose: `80`, `80/udp`, `8000-8010`. Throws UsageError. */
export function parseExposed(specs: readonly string[]): Record<string, object> {
  const keys = specs.flatMap((spec) => {
    const [range = '', protocol = 'tcp'] = spec.split('/');
    return parseRange(range, spec).map((port) => `${port}/${checkProtocol(protocol, spec)}`);
  });
  return Object.fromEntries(keys.map((key) => [key, {}]));
}

function parseRange(text: string, spec: string): number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || first < 1 || last > 65_535 || first > last) {
    throw new UsageError(`port "${text}" in ${spec}: write a number from 1 to 65535, or a range such as 8000-8010`);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function checkProtocol(protocol: string, spec: string): string {
  const lower = protocol.toLowerCase();
  if (['tcp', 'udp', 'sctp'].includes(lower)) return lower;
  throw new UsageError(`protocol "${protocol}" in ${spec}: write tcp, udp or sctp`);
}
