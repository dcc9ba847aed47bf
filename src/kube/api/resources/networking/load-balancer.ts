import { dnsSubdomainErrors, type FieldErrors, ipFamily, type Path, validateIp } from '../../values/mod.ts';

/** `IngressLoadBalancerStatus`. */
export interface IngressLoadBalancer {
  ingress?: { ip?: string; hostname?: string }[];
}

/** Complaints about where an ingress can be reached. */
export function validateLoadBalancer(
  status: IngressLoadBalancer,
  old: IngressLoadBalancer,
  path: Path,
  errors: FieldErrors,
): void {
  const known = old.ingress?.map(({ ip = '' }) => ip);
  status.ingress?.forEach(({ ip = '', hostname = '' }, i) => {
    const at = path.child('ingress').index(i);
    if (ip !== '') validateIp(ip, at.child('ip'), errors, known);
    if (hostname === '') return;
    errors.invalidEach(at.child('hostname'), hostname, dnsSubdomainErrors(hostname));
    if (ipFamily(hostname) !== 0)
      errors.invalid(at.child('hostname'), hostname, 'must be a DNS name, not an IP address');
  });
}

/** Addresses and names, sorted, each once: `10.0.0.1,lb.example.com`. */
export function formatLoadBalancer(status: IngressLoadBalancer | undefined): string {
  const places = (status?.ingress ?? [])
    .map(({ ip = '', hostname = '' }) => ip || hostname)
    .filter((text) => text !== '');
  return [...new Set(places)].sort().join(',');
}
