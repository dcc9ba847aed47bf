import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '#kube/api';

/** How the API's own service is called, and its Endpoints and EndpointSlice. */
export const KUBERNETES = { name: 'kubernetes', namespace: 'default' };

/** Says that the mirroring controller is to make no slices of Endpoints. */
export const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';

interface Port {
  name?: string;
  port?: number;
  protocol?: string;
}

/** `v1` `Endpoints`. */
export interface Endpoints extends KubeObject {
  subsets?: { addresses?: { ip: string }[]; ports?: Port[] }[];
}

/** `discovery.k8s.io/v1` `EndpointSlice`. */
export interface EndpointSlice extends KubeObject {
  addressType?: string;
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[] | null;
  ports?: Port[] | null;
}

/** What is to be published. */
export interface Published {
  readonly addresses: readonly string[];
  readonly port: number;
  /** False: the ports that are there stay; another server may listen on another one. */
  readonly setPorts: boolean;
}

/** The Endpoints as they are to be, or undefined where they are so. The mirroring controller is to leave them alone. */
export function planEndpoints(current: Endpoints | undefined, published: Published): Endpoints | undefined {
  const addresses = published.addresses.map((ip) => ({ ip }));
  const before = current?.subsets?.length === 1 ? current.subsets[0] : undefined;
  const subsets = [{ ...before, addresses, ports: portsOf(before?.ports, published) }];
  const labels = { [SKIP_MIRROR]: 'true' };
  if (isDeepStrictEqual([current?.subsets, current?.metadata.labels], [subsets, labels])) return undefined;
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { ...(current?.metadata ?? KUBERNETES), labels }, subsets };
}

/** The same for the slice. */
export function planSlice(current: EndpointSlice | undefined, published: Published): EndpointSlice | undefined {
  const endpoints = published.addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } }));
  const ports = portsOf(current?.ports ?? undefined, published);
  const labels = { 'kubernetes.io/service-name': KUBERNETES.name };
  const before = [current?.endpoints, current?.ports, current?.metadata.labels];
  if (isDeepStrictEqual(before, [endpoints, ports, labels])) return undefined;
  const metadata = { ...(current?.metadata ?? KUBERNETES), labels };
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4', endpoints, ports };
}

function portsOf(current: readonly Port[] = [], { port, setPorts }: Published): Port[] {
  return setPorts || current.length === 0 ? [{ name: 'https', port, protocol: 'TCP' }] : [...current];
}
