import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  ipFamily,
  METADATA,
  Path,
  portNumberErrors,
  SPEC,
  STATUS,
  validateCidr,
  validateEndpointAddress,
  validateIp,
  validateLabels,
  validateQualifiedName,
} from '../../../values/mod.ts';
import { validatePortNumberOrName } from '../pod-spec/mod.ts';
import { validateProtocol } from '../protocols.ts';
import { validateClusterIps } from './cluster-ips.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheckPort } from './needs.ts';
import type { Service, ServicePort, ServiceSpec } from './types.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITIES = ['ClientIP', 'None'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const OLD_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const MAX_AFFINITY_SECONDS = 86400;
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** Complaints about a service, after its addresses and ports were allocated. What `old` had, though it be wrong, may stay. */
export function validateService(service: Service, errors: FieldErrors, old?: Service): void {
  const { spec } = service;
  const { type = '', ports = [] } = spec;
  validateTopologyAnnotations(service.metadata.annotations, errors);
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') errors.required(SPEC.child('ports'));
  validateByType(spec, errors);
  validatePorts(spec, ports, errors);
  validateLabels(spec.selector, SPEC.child('selector'), errors);
  validateSessionAffinity(spec, errors);
  validateClusterIps(spec, errors, old?.spec.clusterIPs);
  validateExternalIps(spec.externalIPs ?? [], errors, old?.spec.externalIPs);
  if (type === '') errors.required(SPEC.child('type'));
  else if (!TYPES.includes(type)) errors.notSupported(SPEC.child('type'), type, TYPES);
  validateNodePorts(type, ports, errors);
  validateSourceRanges(service, errors, old);
  validateLoadBalancer(spec, errors);
  validateTrafficPolicies(spec, errors);
}

/** The mode has an older name; who says both says the same. */
function validateTopologyAnnotations(annotations: Service['metadata']['annotations'], errors: FieldErrors): void {
  const [mode, hints] = [annotations?.[TOPOLOGY_MODE], annotations?.[OLD_HINTS]];
  if (mode === undefined || hints === undefined || mode === hints) return;
  const path = METADATA.child('annotations').key(TOPOLOGY_MODE);
  errors.invalid(path, mode, `must match annotations[${OLD_HINTS}] when both are specified`);
}

function validateByType(spec: ServiceSpec, errors: FieldErrors): void {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = '' } = spec;
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec))
    errors.invalid(SPEC.child('clusterIPs').index(0), clusterIPs[0], `may not be set to 'None' for ${type} services`);
  if (type !== 'ExternalName') return;
  const detail = 'may not be set for ExternalName services';
  if (clusterIPs.length > 0) errors.forbidden(SPEC.child('clusterIPs'), detail);
  if (ipFamilies.length > 0) errors.forbidden(SPEC.child('ipFamilies'), detail);
  if (ipFamilyPolicy !== undefined) errors.forbidden(SPEC.child('ipFamilyPolicy'), detail);
  const name = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName;
  if (name === '') errors.required(SPEC.child('externalName'));
  else errors.invalidEach(SPEC.child('externalName'), name, dnsSubdomainErrors(name));
}

function validatePorts(_spec: ServiceSpec, ports: readonly ServicePort[], errors: FieldErrors): void {
  const names = new Set<string>();
  const seen = new Set<string>();
  ports.forEach((port, i) => {
    const path = SPEC.child('ports').index(i);
    validatePort(port, ports.length > 1, names, path, errors);
    const { protocol = '', port: number = 0 } = port;
    const pair = `${protocol} ${number}`;
    if (seen.has(pair)) errors.duplicate(path, internalPort(protocol, number));
    seen.add(pair);
  });
}

/** A pair of protocol and port as upstream's message shows it: in the form that it has inside the server. */
function internalPort(protocol: string, port: number): Record<string, unknown> {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}

function validatePort(
  port: ServicePort,
  needsName: boolean,
  names: Set<string>,
  path: Path,
  errors: FieldErrors,
): void {
  const { name = '', port: number = 0, appProtocol } = port;
  if (name === '') {
    if (needsName) errors.required(path.child('name'));
  } else {
    errors.invalidEach(path.child('name'), name, dnsLabelErrors(name));
    if (names.has(name)) errors.duplicate(path.child('name'), name);
    names.add(name);
  }
  errors.invalidEach(path.child('port'), number, portNumberErrors(number));
  validateProtocol(port.protocol, path.child('protocol'), errors);
  validatePortNumberOrName(port.targetPort ?? 0, path.child('targetPort'), errors);
  if (appProtocol !== undefined) validateQualifiedName(appProtocol, path.child('appProtocol'), errors);
}

function validateSessionAffinity(spec: ServiceSpec, errors: FieldErrors): void {
  const { sessionAffinity = '', sessionAffinityConfig } = spec;
  const path = SPEC.child('sessionAffinity');
  if (sessionAffinity === '') errors.required(path);
  else if (!AFFINITIES.includes(sessionAffinity)) errors.notSupported(path, sessionAffinity, AFFINITIES);
  const config = SPEC.child('sessionAffinityConfig');
  if (sessionAffinity === 'None' && sessionAffinityConfig !== undefined)
    errors.forbidden(config, 'must not be set when session affinity is None');
  if (sessionAffinity !== 'ClientIP') return;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const at = config.child('clientIP').child('timeoutSeconds');
  if (seconds === undefined) errors.required(at, 'when session affinity type is ClientIP');
  else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)
    errors.invalid(at, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`);
}

function validateExternalIps(addresses: readonly string[], errors: FieldErrors, known?: readonly string[]): void {
  addresses.forEach((address, i) => {
    const path = SPEC.child('externalIPs').index(i);
    const before = errors.list.length;
    validateIp(address, path, errors, known);
    if (errors.list.length === before) validateEndpointAddress(address, path, errors);
  });
}

function validateNodePorts(type: string, ports: readonly ServicePort[], errors: FieldErrors): void {
  const seen = new Set<string>();
  ports.forEach(({ nodePort = 0, protocol }, i) => {
    if (nodePort === 0) return;
    const path = SPEC.child('ports').index(i).child('nodePort');
    if (type === 'ClusterIP') errors.forbidden(path, "may not be used when `type` is 'ClusterIP'");
    const pair = `${protocol} ${nodePort}`;
    if (seen.has(pair)) errors.duplicate(path, nodePort);
    seen.add(pair);
  });
}

function validateSourceRanges({ spec, metadata }: Service, errors: FieldErrors, old: Service | undefined): void {
  const { loadBalancerSourceRanges: ranges = [] } = spec;
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (ranges.length === 0 && annotation === undefined) return;
  const path =
    ranges.length > 0 ? SPEC.child('LoadBalancerSourceRanges') : METADATA.child('annotations').key(SOURCE_RANGES);
  if (spec.type !== 'LoadBalancer') errors.forbidden(path, "may only be used when `type` is 'LoadBalancer'");
  // Spaces around the values were allowed once, and are.
  const known = old?.spec.loadBalancerSourceRanges?.map((range) => range.trim());
  ranges.forEach((range, i) => {
    validateCidr(range.trim(), path.index(i), errors, known);
  });
  if (ranges.length > 0 || annotation === undefined || annotation.trim() === '') return;
  if (annotation === old?.metadata.annotations?.[SOURCE_RANGES]) return;
  for (const range of annotation.split(',')) validateCidr(range.trim(), path, errors);
}

function validateLoadBalancer(spec: ServiceSpec, errors: FieldErrors): void {
  const { type, allocateLoadBalancerNodePorts, loadBalancerClass } = spec;
  if (type === 'LoadBalancer') {
    if (allocateLoadBalancerNodePorts === undefined) errors.required(new Path('allocateLoadBalancerNodePorts'));
    if (loadBalancerClass !== undefined)
      validateQualifiedName(loadBalancerClass, SPEC.child('loadBalancerClass'), errors);
    return;
  }
  const detail = "may only be used when `type` is 'LoadBalancer'";
  if (allocateLoadBalancerNodePorts !== undefined)
    errors.forbidden(SPEC.child('allocateLoadBalancerNodePorts'), detail);
  if (loadBalancerClass !== undefined) errors.forbidden(SPEC.child('loadBalancerClass'), detail);
}

function validateTrafficPolicies(spec: ServiceSpec, errors: FieldErrors): void {
  validateExternalTraffic(spec, errors);
  validateHealthCheckPort(spec, errors);
  const { type, internalTrafficPolicy, trafficDistribution } = spec;
  const internal = SPEC.child('internalTrafficPolicy');
  if (internalTrafficPolicy === undefined) {
    if (type === 'NodePort' || type === 'LoadBalancer' || type === 'ClusterIP') errors.required(internal);
  } else if (!TRAFFIC_POLICIES.includes(internalTrafficPolicy))
    errors.notSupported(internal, internalTrafficPolicy, TRAFFIC_POLICIES);
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution))
    errors.notSupported(SPEC.child('trafficDistribution'), trafficDistribution, DISTRIBUTIONS);
}

function validateExternalTraffic(spec: ServiceSpec, errors: FieldErrors): void {
  const { externalTrafficPolicy: policy = '' } = spec;
  const path = SPEC.child('externalTrafficPolicy');
  if (!isExternallyAccessible(spec)) {
    if (policy !== '') errors.invalid(path, policy, 'may only be set for externally-accessible services');
  } else if (policy === '') errors.required(path);
  else if (!TRAFFIC_POLICIES.includes(policy)) errors.notSupported(path, policy, TRAFFIC_POLICIES);
}

function validateHealthCheckPort(spec: ServiceSpec, errors: FieldErrors): void {
  const { healthCheckNodePort: port = 0 } = spec;
  const path = SPEC.child('healthCheckNodePort');
  if (needsHealthCheckPort(spec)) {
    if (port === 0) errors.required(path);
    else errors.invalidEach(path, port, portNumberErrors(port));
  } else if (port !== 0) {
    const when = "`type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.invalid(path, port, `may only be set when ${when}`);
  }
}

/** Complaints about the status that a load balancer's controller writes. */
export function validateServiceStatus(service: Service, old: Service, errors: FieldErrors): void {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const path = STATUS.child('loadBalancer').child('ingress');
  if (service.spec.type !== 'LoadBalancer' && ingress.length > 0) {
    errors.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
    return;
  }
  const known = old.status?.loadBalancer?.ingress?.map(({ ip = '' }) => ip);
  ingress.forEach(({ ip = '', ipMode, hostname = '' }, i) => {
    const at = path.index(i);
    if (ip !== '') validateIp(ip, at.child('ip'), errors, known);
    validateIpMode(ip, ipMode, at.child('ipMode'), errors);
    if (hostname === '') return;
    errors.invalidEach(at.child('hostname'), hostname, dnsSubdomainErrors(hostname));
    if (ipFamily(hostname) !== 0)
      errors.invalid(at.child('hostname'), hostname, 'must be a DNS name, not an IP address');
  });
}

function validateIpMode(ip: string, mode: string | undefined, path: Path, errors: FieldErrors): void {
  if (mode === undefined) {
    if (ip !== '') errors.required(path, 'must be specified when `ip` is set');
  } else if (ip === '') errors.forbidden(path, 'may not be specified when `ip` is not set');
  else if (mode !== 'VIP' && mode !== 'Proxy') errors.notSupported(path, mode, ['Proxy', 'VIP']);
}
