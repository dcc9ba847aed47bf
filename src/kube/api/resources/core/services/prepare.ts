import { semanticEqual } from '../../../values/mod.ts';
import { isExternallyAccessible, needsClusterIp, needsHealthCheckPort, needsNodePorts } from './needs.ts';
import type { Service, ServicePort, ServiceSpec } from './types.ts';

/** A new service has no load balancer yet; who gives one address means the list of it. */
export function prepareServiceForCreate(service: Service): void {
  service.status = { loadBalancer: {} };
  const { spec } = service;
  if ((spec.clusterIP ?? '') !== '' && (spec.clusterIPs?.length ?? 0) === 0) spec.clusterIPs = [spec.clusterIP ?? ''];
}

/** Keeps the status, what was allocated and isn't spoken of, and drops what only the old type had. */
export function prepareServiceForUpdate(service: Service, old: Service): void {
  if (old.status === undefined) delete service.status;
  else service.status = old.status;
  followClusterIp(service.spec, old.spec);
  keepAllocated(service.spec, old.spec);
  dropWhatTheTypeHasNot(service.spec, old.spec);
}

/** A client that knows `clusterIP` only changes it alone: the list follows. */
function followClusterIp(spec: ServiceSpec, old: ServiceSpec): void {
  const { clusterIP = '', clusterIPs = [] } = spec;
  if (clusterIP === (old.clusterIP ?? '') || !semanticEqual(clusterIPs, old.clusterIPs)) return;
  if (clusterIP === '') delete spec.clusterIPs;
  else spec.clusterIPs = [clusterIP, ...clusterIPs.slice(1)];
}

function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    if ((spec.clusterIP ?? '') === '' && old.clusterIP !== undefined) spec.clusterIP = old.clusterIP;
    if ((spec.clusterIPs?.length ?? 0) === 0 && spec.clusterIP === old.clusterIP && old.clusterIPs !== undefined)
      spec.clusterIPs = [...old.clusterIPs];
    // Families that were chosen with the addresses go with them.
    if (spec.ipFamilies === undefined && old.ipFamilies !== undefined) spec.ipFamilies = [...old.ipFamilies];
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
    if (spec.ipFamilyPolicy === undefined) delete spec.ipFamilyPolicy;
  }
  if (needsNodePorts(spec) && needsNodePorts(old)) keepNodePorts(spec.ports ?? [], old.ports ?? []);
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && old.healthCheckNodePort !== undefined)
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
}

function keepNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): void {
  const used = new Set(ports.map(({ nodePort = 0 }) => nodePort));
  for (const port of ports) {
    if ((port.nodePort ?? 0) !== 0) continue;
    const before = old.find((other) => other.port === port.port && other.protocol === port.protocol)?.nodePort ?? 0;
    if (before === 0 || used.has(before)) continue;
    port.nodePort = before;
    used.add(before);
  }
}

/** Fields that the old type needed and the new one must not have go, if the client left them as they were. */
function dropWhatTheTypeHasNot(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if (semanticEqual(spec.clusterIPs, old.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    dropUnchanged(spec, old, ['ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy']);
  }
  if (needsNodePorts(old) && !needsNodePorts(spec) && sameNodePorts(spec, old))
    for (const port of spec.ports ?? []) delete port.nodePort;
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) dropUnchanged(spec, old, ['healthCheckNodePort']);
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer')
    dropUnchanged(spec, old, ['allocateLoadBalancerNodePorts', 'loadBalancerClass']);
  if (old.type === 'ExternalName' && spec.type !== 'ExternalName') dropUnchanged(spec, old, ['externalName']);
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) dropUnchanged(spec, old, ['externalTrafficPolicy']);
}

function dropUnchanged(spec: ServiceSpec, old: ServiceSpec, fields: readonly (keyof ServiceSpec)[]): void {
  for (const field of fields) if (semanticEqual(spec[field], old[field])) delete spec[field];
}

function sameNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const portsOf = ({ ports = [] }: ServiceSpec) => new Set(ports.map(({ nodePort = 0 }) => nodePort));
  return portsOf(spec).symmetricDifference(portsOf(old)).size === 0;
}
