import type { Shared } from '#kube/api';
import { isOver, isReady, isTerminating, type Pod } from '../common/mod.ts';
import type { Endpoint, EndpointPort, Service, ServicePort } from './types.ts';

/** Where a pod serves, in one family of addresses. */
export interface PodEndpoint {
  readonly endpoint: Endpoint;
  readonly ports: readonly EndpointPort[];
}

/** Has the service endpoints that are made from pods? */
export function selectsPods({ spec }: Shared<Service>): boolean {
  return spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0;
}

/** Serves nobody any more, or nobody yet. */
export function isServing(pod: Shared<Pod>): boolean {
  return !isOver(pod) && addressesOf(pod).length > 0;
}

/** The addresses of a pod, of both families. */
export function addressesOf({ status }: Shared<Pod>): string[] {
  const all = (status?.podIPs ?? []).map(({ ip }) => ip ?? '').filter((ip) => ip !== '');
  return all.length > 0 || (status?.podIP ?? '') === '' ? all : [status?.podIP ?? ''];
}

/** `IPv4` or `IPv6`. */
export function familyOf(address: string): 'IPv4' | 'IPv6' {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** The endpoint that a pod is for a service; undefined where it has no address of this family. */
export function podEndpoint(
  service: Shared<Service>,
  pod: Shared<Pod>,
  family: string,
  zone: string | undefined,
): PodEndpoint | undefined {
  const address = addressesOf(pod).find((ip) => familyOf(ip) === family);
  if (address === undefined || !isServing(pod)) return undefined;
  const { name, namespace, uid } = pod.metadata;
  const [serving, terminating] = [isReady(pod), isTerminating(pod)];
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameFor(service, pod);
  const close = service.spec?.trafficDistribution !== undefined && zone !== undefined && ready;
  const endpoint: Endpoint = {
    addresses: [address],
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(hostname === undefined ? {} : { hostname }),
    ...((pod.spec?.nodeName ?? '') === '' ? {} : { nodeName: pod.spec?.nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(close ? { hints: { forZones: [{ name: zone }] } } : {}),
  };
  return { endpoint, ports: portsOf(service, pod) };
}

/** Pods of a headless service may have names of their own in DNS. */
export function hostnameFor({ metadata }: Shared<Service>, { spec, ...pod }: Shared<Pod>): string | undefined {
  const ours = spec?.subdomain === metadata.name && pod.metadata.namespace === metadata.namespace;
  return ours && (spec?.hostname ?? '') !== '' ? spec?.hostname : undefined;
}

/** The ports on which a pod serves; a named target that it hasn't is left out. */
export function portsOf({ spec }: Shared<Service>, pod: Shared<Pod>): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of spec?.ports ?? []) {
    const number = targetPort(port, pod);
    if (number === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = port;
    ports.push({ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function targetPort(
  { targetPort: target, port, protocol = 'TCP' }: Shared<ServicePort>,
  pod: Shared<Pod>,
): number | undefined {
  if (typeof target === 'number' && target !== 0) return target;
  if (target === undefined || target === 0 || target === '') return port;
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { ports = [] } of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = ports.find((other) => other.name === target && (other.protocol ?? 'TCP') === protocol);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}
