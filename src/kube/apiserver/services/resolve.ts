import { type KubeObject, type Shared, unavailable } from '#kube/api';
import type { ObjectView } from '../objects.ts';

/** A port of a service, as webhooks and API services name it. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  /** Default 443. */
  readonly port?: number;
}

/** Where to connect, and for which name the certificate has to be. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
}

interface Service extends KubeObject {
  spec?: {
    type?: string;
    externalName?: string;
    clusterIP?: string;
    ports?: { name?: string; port: number; targetPort?: number | string }[];
  };
}

interface EndpointSlice extends KubeObject {
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[];
  ports?: { name?: string; port?: number }[];
}

interface Endpoints extends KubeObject {
  subsets?: { addresses?: { ip: string }[]; ports?: { name?: string; port: number }[] }[];
}

const SERVICES = { group: '', resource: 'services' };
const SLICES = { group: 'discovery.k8s.io', resource: 'endpointslices' };
const ENDPOINTS = { group: '', resource: 'endpoints' };

/** An address behind a service, chosen at random: the API server need not be on a node where cluster IPs work. A 503 where there is none. */
export async function resolveService(
  objects: ObjectView,
  { namespace, name, port = 443 }: ServiceRef,
): Promise<ServiceAddress> {
  await objects.load([SERVICES, SLICES, ENDPOINTS]);
  const service = objects.get(SERVICES, namespace, name) as Shared<Service> | undefined;
  if (service === undefined) throw unavailable(`service "${namespace}/${name}" not found`);
  const serverName = `${name}.${namespace}.svc`;
  const { type, externalName = '', ports = [] } = service.spec ?? {};
  if (type === 'ExternalName') return { host: externalName, port, serverName };
  const found = ports.find((one) => one.port === port);
  if (found === undefined) throw unavailable(`no service port ${port} found for service "${name}"`);
  const all = [
    ...fromSlices(objects, namespace, name, found.name),
    ...fromEndpoints(objects, namespace, name, found.name),
  ];
  const chosen = all[Math.floor(Math.random() * all.length)];
  if (chosen === undefined) throw unavailable(`no endpoints available for service "${name}"`);
  return { ...chosen, serverName };
}

type Address = Omit<ServiceAddress, 'serverName'>;

function fromSlices(objects: ObjectView, namespace: string, name: string, portName = ''): Address[] {
  const slices = objects.list(SLICES, namespace) as readonly Shared<EndpointSlice>[];
  return slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints = [], ports = [] }) => {
      const port = ports.find((one) => (one.name ?? '') === portName)?.port;
      if (port === undefined) return [];
      return endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses }) => addresses.map((host) => ({ host, port })));
    });
}

function fromEndpoints(objects: ObjectView, namespace: string, name: string, portName = ''): Address[] {
  const endpoints = objects.get(ENDPOINTS, namespace, name) as Shared<Endpoints> | undefined;
  return (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const port = ports.find((one) => (one.name ?? '') === portName)?.port;
    return port === undefined ? [] : addresses.map(({ ip }) => ({ host: ip, port }));
  });
}
