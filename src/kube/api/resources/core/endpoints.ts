import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  Path,
  portNumberErrors,
  qualifiedNameErrors,
  semanticEqual,
  validateEndpointAddress,
  validateIp,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { complaints } from '../strategies.ts';
import { validateProtocol } from './protocols.ts';
import { v1 } from './version.ts';

interface Endpoints extends KubeObject {
  subsets?: EndpointSubset[];
}

interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}

interface EndpointAddress {
  ip?: string;
  hostname?: string;
  nodeName?: string;
}

interface EndpointPort {
  name?: string;
  port?: number;
  protocol?: string;
  appProtocol?: string;
}

const SUBSETS = new Path('subsets');
const MAX_SHOWN = 3;

function setDefaults({ subsets = [] }: Endpoints): void {
  for (const { ports = [] } of subsets) for (const port of ports) port.protocol ||= 'TCP';
}

function validate({ subsets = [] }: Endpoints, errors: FieldErrors): void {
  subsets.forEach((subset, i) => {
    const path = SUBSETS.index(i);
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      errors.required(path, 'must specify `addresses` or `notReadyAddresses`');
    addresses.forEach((address, at) => {
      validateAddress(address, path.child('addresses').index(at), errors);
    });
    notReadyAddresses.forEach((address, at) => {
      validateAddress(address, path.child('notReadyAddresses').index(at), errors);
    });
    ports.forEach((port, at) => {
      validatePort(port, ports.length > 1, path.child('ports').index(at), errors);
    });
  });
}

function validateAddress({ ip = '', hostname = '', nodeName }: EndpointAddress, path: Path, errors: FieldErrors): void {
  validateIp(ip, path.child('ip'), errors);
  if (hostname !== '') errors.invalidEach(path.child('hostname'), hostname, dnsLabelErrors(hostname));
  if (nodeName !== undefined) errors.invalidEach(path.child('nodeName'), nodeName, dnsSubdomainErrors(nodeName));
  validateEndpointAddress(ip, path.child('ip'), errors);
}

function validatePort(port: EndpointPort, needsName: boolean, path: Path, errors: FieldErrors): void {
  const { name = '', appProtocol } = port;
  if (name !== '') errors.invalidEach(path.child('name'), name, dnsLabelErrors(name));
  else if (needsName) errors.required(path.child('name'));
  errors.invalidEach(path.child('port'), port.port ?? 0, portNumberErrors(port.port ?? 0));
  validateProtocol(port.protocol, path.child('protocol'), errors);
  if (appProtocol !== undefined)
    errors.invalidEach(path.child('appProtocol'), appProtocol, qualifiedNameErrors(appProtocol));
}

/** The first three of `address:port`, and how many more there are; nothing where no address is ready. */
function shownEndpoints(object: KubeObject): string {
  const { subsets = [] } = object as Endpoints;
  if (subsets.length === 0) return '<none>';
  const shown: string[] = [];
  let count = 0;
  for (const { addresses = [], ports = [] } of subsets) {
    for (const port of ports) {
      for (const { ip = '' } of addresses) if (count++ < MAX_SHOWN) shown.push(joined(ip, port.port ?? 0));
    }
    if (ports.length === 0) for (const { ip = '' } of addresses) if (count++ < MAX_SHOWN) shown.push(ip);
  }
  return count > MAX_SHOWN ? `${shown.join(',')} + ${count - MAX_SHOWN} more...` : shown.join(',');
}

function joined(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** The addresses behind a service, in one object: the old way; EndpointSlices are the new one. */
export const endpoints: ResourceDefinition = {
  group: '',
  plural: 'endpoints',
  singular: 'endpoints',
  kind: 'Endpoints',
  shortNames: ['ep'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('Endpoints', {
    columns: [textColumn('Endpoints', 'Addresses and ports that are ready.', shownEndpoints), AGE_COLUMN],
    deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  }),
  storageVersion: 'v1',
  storagePrefix: 'services/endpoints',
  strategy: {
    hasGeneration: false,
    allowCreateOnUpdate: true,
    setDefaults: (object) => setDefaults(object as Endpoints),
    validate: (object) => complaints((errors) => validate(object as Endpoints, errors)),
    // Addresses that were allowed once may stay as they are.
    validateUpdate: (object, old) =>
      semanticEqual(object.subsets, old.subsets) ? [] : complaints((errors) => validate(object as Endpoints, errors)),
  },
};
