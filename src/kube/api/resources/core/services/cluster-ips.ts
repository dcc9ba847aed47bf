import { type FieldErrors, ipFamily, SPEC, validateIp } from '../../../values/mod.ts';
import { isHeadless, needsHealthCheckPort } from './needs.ts';
import type { Service, ServiceSpec } from './types.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const ADDRESSES = SPEC.child('clusterIPs');
const FAMILY_LIST = SPEC.child('ipFamilies');
const POLICY = SPEC.child('ipFamilyPolicy');

/** Complaints about the addresses in the cluster and their families, which must go together. */
export function validateClusterIps(spec: ServiceSpec, errors: FieldErrors, known: readonly string[] = []): void {
  // What ExternalName must not have was said before.
  if (spec.type === 'ExternalName') return;
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (clusterIP === '') {
    if (clusterIPs.length > 0) errors.invalid(ADDRESSES, clusterIPs, 'must be empty when `clusterIP` is not specified');
  } else if (clusterIPs.length === 0) errors.required(ADDRESSES);
  else if (clusterIPs[0] !== clusterIP) errors.invalid(ADDRESSES, clusterIPs, 'first value must match `clusterIP`');
  ipFamilies.forEach((family, i) => {
    if (!FAMILIES.includes(family)) errors.notSupported(FAMILY_LIST.index(i), family, FAMILIES);
    if (ipFamilies.indexOf(family) < i) errors.duplicate(FAMILY_LIST.index(i), family);
  });
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy))
    errors.notSupported(POLICY, ipFamilyPolicy, POLICIES);
  if (validateAddresses(clusterIPs, errors, known)) validateFamilies(spec, clusterIPs, ipFamilies, errors);
}

/** False where an address is none: more would only confuse then. */
function validateAddresses(addresses: readonly string[], errors: FieldErrors, known: readonly string[]): boolean {
  let areSound = true;
  addresses.forEach((address, i) => {
    if (i === 0 && address === 'None') {
      if (addresses.length === 1) return;
      errors.invalid(ADDRESSES, addresses, "'None' must be the first and only value");
      areSound = false;
      return;
    }
    const before = errors.list.length;
    validateIp(address, ADDRESSES.index(i), errors, known);
    if (errors.list.length > before) areSound = false;
  });
  if (addresses.length > 2) errors.invalid(ADDRESSES, addresses, 'may only hold up to 2 values');
  return areSound;
}

function validateFamilies(
  spec: ServiceSpec,
  addresses: readonly string[],
  families: readonly string[],
  errors: FieldErrors,
): void {
  if (addresses.length > 1 && new Set(addresses.map(ipFamily)).size < 2)
    errors.invalid(ADDRESSES, addresses, 'may specify no more than one IP for each IP family');
  if (isHeadless(spec)) return;
  addresses.slice(0, families.length).forEach((address, i) => {
    const family = families[i];
    if (FAMILIES.includes(family ?? '') && `IPv${ipFamily(address)}` !== family)
      errors.invalid(ADDRESSES.index(i), address, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``);
  });
}

/** Complaints about a change of what was allocated: the first address and its family stay; a second may come and go. */
export function validateServiceChange(service: Service, old: Service, errors: FieldErrors): void {
  const { spec } = service;
  if (spec.type !== 'ExternalName' && old.spec.type !== 'ExternalName') {
    validateAddressChange(spec, old.spec, errors);
    if (!isHeadless(spec) && !isHeadless(old.spec)) validateFamilyChange(spec, old.spec, errors);
  }
  const isClassChanged = (spec.loadBalancerClass ?? null) !== (old.spec.loadBalancerClass ?? null);
  if (spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer' && isClassChanged)
    errors.invalid(SPEC.child('loadBalancerClass'), spec.loadBalancerClass, 'may not change once set');
  const isPortChanged = spec.healthCheckNodePort !== old.spec.healthCheckNodePort;
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old.spec) && isPortChanged)
    errors.forbidden(SPEC.child('healthCheckNodePort'), 'field is immutable');
}

function validateAddressChange(spec: ServiceSpec, old: ServiceSpec, errors: FieldErrors): void {
  if (isHeadless(spec) && isHeadless(old)) return;
  const { clusterIPs: now = [], ipFamilyPolicy } = spec;
  const { clusterIPs: before = [] } = old;
  const first = ADDRESSES.index(0);
  if (now.length === before.length) {
    before.forEach((address, i) => {
      if (address !== now[i]) errors.invalid(ADDRESSES.index(i), now, 'may not change once set');
    });
    return;
  }
  if (now.length === 0) errors.invalid(first, now, 'primary clusterIP can not be unset');
  else if (before.length > 0 && now[0] !== before[0]) errors.invalid(first, now, 'may not change once set');
  if (before.length > now.length && now.length === 1 && ipFamilyPolicy !== 'SingleStack')
    errors.invalid(POLICY, ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary clusterIP");
}

function validateFamilyChange(spec: ServiceSpec, old: ServiceSpec, errors: FieldErrors): void {
  const { ipFamilies: now = [], clusterIPs = [], ipFamilyPolicy } = spec;
  const { ipFamilies: before = [] } = old;
  const first = FAMILY_LIST.index(0);
  if (now.length === before.length) {
    before.forEach((family, i) => {
      if (family !== now[i]) errors.invalid(first, now, 'may not change once set');
    });
    return;
  }
  if (before.length > now.length && clusterIPs.length === 0)
    errors.invalid(first, now, 'primary ipFamily can not be unset');
  if (now.length > 0 && before.length > 0 && now[0] !== before[0])
    errors.invalid(first, clusterIPs, 'may not change once set');
  if (before.length > now.length && now.length === 1 && ipFamilyPolicy !== 'SingleStack')
    errors.invalid(POLICY, ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary ipFamily");
}
