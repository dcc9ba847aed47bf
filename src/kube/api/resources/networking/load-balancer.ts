import { dnsSubdomainErrors, type FieldErrors, ipErrors, ipFamily, type Path } from '../../values/mod.ts';

/** `IngressLoadBalancerStatus`. */
export interface IngressLoadBalancer {
  ingress?: { ip?: string; hostname?: string }[];
}

/** Complaints about where an ingress can be reached. */
export function validateLoadBalancer(status: IngressLoadBalancer, path: Path, errors: FieldErrors): void {
  status.ingress?.forEach(({ ip = '', hostname = '' }, i) => {
    const at = path.child('ingress').index(i);
    if (ip !== '') errors.invalidEach(at.child('ip'), ip, ipErrors(ip));
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
