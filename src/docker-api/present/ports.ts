import type { ContainerConfig } from '#engine';
import type { PublishedPort } from '#network';

/** A published port at concrete host addresses: an empty one means all of IPv4 and IPv6. */
function atAddresses(port: PublishedPort): PublishedPort[] {
  if (port.hostIp !== '') return [port];
  return ['0.0.0.0', '::'].map((hostIp) => ({ ...port, hostIp }));
}

function keyOf(port: PublishedPort): string {
  return `${port.containerPort}/${port.protocol}`;
}

/** `NetworkSettings.Ports`: exposed ports with their host bindings, null where there are none. */
export function presentPortMap(config: ContainerConfig, published: readonly PublishedPort[]) {
  const result: Record<string, { HostIp: string; HostPort: string }[] | null> = {};
  for (const key of Object.keys(config.ExposedPorts ?? {}).flatMap(expandPorts)) result[key] = null;
  for (const port of published.flatMap(atAddresses)) {
    const bindings = result[keyOf(port)] ?? [];
    bindings.push({ HostIp: port.hostIp, HostPort: String(port.hostPort) });
    result[keyOf(port)] = bindings;
  }
  return result;
}

export interface PortSummary {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

/** `Ports` of `docker ps`: published ports, then exposed ones that are not published. */
export function presentPortList(config: ContainerConfig, published: readonly PublishedPort[]): PortSummary[] {
  const bound = published.flatMap(atAddresses).map((port) => ({
    IP: port.hostIp,
    PrivatePort: port.containerPort,
    PublicPort: port.hostPort,
    Type: port.protocol,
  }));
  const taken = new Set(published.map(keyOf));
  const exposed = Object.keys(config.ExposedPorts ?? {}).flatMap(expandPorts);
  const free = exposed.filter((key) => !taken.has(key)).map(splitPort);
  return [...bound, ...free.map(({ port, protocol }) => ({ PrivatePort: port, Type: protocol }))];
}

/** `8000-8002/udp` as single ports, `80` as `80/tcp`. */
export function expandPorts(text: string): string[] {
  const [range = '', protocol = 'tcp'] = text.toLowerCase().split('/');
  const [first = 0, last = first] = range.split('-').map(Number);
  if (!(first > 0) || !(last >= first) || last > 65_535) return [];
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

function splitPort(key: string): { port: number; protocol: string } {
  const [port = '0', protocol = 'tcp'] = key.split('/');
  return { port: Number(port), protocol };
}
