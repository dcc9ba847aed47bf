import type { Path } from '../../../../values/mod.ts';
import { CONTAINER_LISTS } from '../apparmor.ts';
import type { ContainerPort, PodSpec } from '../types.ts';

type Warn = (message: string) => void;

interface KnownPort {
  readonly path: Path;
  readonly port: ContainerPort;
}

/** Warns of ports that containers of a pod, which share one network, have twice or half. */
export function warnOfPorts(spec: PodSpec, path: Path, warn: Warn): void {
  const known = new Map<string, KnownPort[]>();
  for (const list of CONTAINER_LISTS)
    spec[list]?.forEach(({ ports = [] }, c) => {
      ports.forEach((port, i) => {
        warnOfPort({ port, path: path.child(list).index(c).child('ports').index(i) }, known, warn);
      });
    });
}

function warnOfPort(one: KnownPort, known: Map<string, KnownPort[]>, warn: Warn): void {
  const { port, path } = one;
  if (hostIpOf(port) !== '' && hostPortOf(port) === 0) warn(`${path}: hostIP set without hostPort: ${show(port)}`);
  const key = `${port.containerPort}/${port.protocol}`;
  const others = known.get(key) ?? [];
  for (const other of others) {
    const what = relationOf(port, other.port);
    if (what !== undefined) warn(`${path}: ${what} port definition with ${other.path}`);
  }
  known.set(key, [...others, one]);
}

function relationOf(a: ContainerPort, b: ContainerPort): string | undefined {
  const isSamePort = hostPortOf(a) === hostPortOf(b);
  if (isSamePort && hostIpOf(a) === hostIpOf(b)) return 'duplicate';
  if (hostPortOf(a) === 0 || hostPortOf(b) === 0) return 'overlapping';
  // One of them is on all addresses.
  return isSamePort && (hostIpOf(a) === '') !== (hostIpOf(b) === '') ? 'dangerously ambiguous' : undefined;
}

function hostPortOf({ hostPort = 0 }: ContainerPort): number {
  return hostPort;
}

function hostIpOf({ hostIP = '' }: ContainerPort): string {
  return hostIP;
}

/** As Go prints it. */
function show(port: ContainerPort): string {
  const { name = '', containerPort = 0, protocol = '' } = port;
  return `{Name:${name} HostPort:${hostPortOf(port)} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIpOf(port)}}`;
}
