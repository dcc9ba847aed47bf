import type { KubeObject } from '#kube/api';
import type { Client } from '#kube/client';
import type { ServiceReference } from '../types.ts';
import type { ResolveService } from './conversion-client.ts';

interface Service extends KubeObject {
  spec: { type?: string; externalName?: string; ports?: { name?: string; port: number }[] };
}

interface EndpointSlice extends KubeObject {
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[] | null;
  ports?: { name?: string; port?: number }[] | null;
}

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

/** Finds a ready endpoint behind a service: this process is not on the cluster's network, so cluster IPs lead nowhere. */
export function endpointResolver(client: Client): ResolveService {
  return async (reference) => {
    const { namespace, name, port = 443 } = reference;
    const service = await client.get<Service>(SERVICES, { namespace, name });
    if (service.spec.type === 'ExternalName') return { host: service.spec.externalName ?? '', port };
    const wanted = service.spec.ports?.find((each) => each.port === port);
    if (wanted === undefined) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
    const slices = await client.list<EndpointSlice>(SLICES, {
      namespace,
      labelSelector: `kubernetes.io/service-name=${name}`,
    });
    return readyEndpoint(slices.items, wanted.name ?? '', reference);
  };
}

function readyEndpoint(slices: readonly EndpointSlice[], portName: string, { name }: ServiceReference) {
  for (const { endpoints, ports } of slices) {
    const port = ports?.find((each) => (each.name ?? '') === portName)?.port;
    const host = endpoints?.find(({ conditions }) => conditions?.ready !== false)?.addresses[0];
    if (port !== undefined && host !== undefined) return { host, port };
  }
  throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
}
