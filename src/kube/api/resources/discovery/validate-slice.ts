import type { KubeObject } from '../../object.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  ipErrors,
  ipFamily,
  Path,
  portNumberErrors,
  qualifiedNameErrors,
  validateEndpointAddress,
} from '../../values/mod.ts';
import { validateProtocol } from '../core/protocols.ts';

/** `discovery.k8s.io/v1` `EndpointSlice`. */
export interface EndpointSlice extends KubeObject {
  addressType?: string;
  endpoints?: Endpoint[];
  ports?: EndpointPort[];
}

interface Endpoint {
  addresses?: string[];
  hostname?: string;
  nodeName?: string;
  deprecatedTopology?: Record<string, string>;
  hints?: { forZones?: { name?: string }[]; forNodes?: { name?: string }[] };
}

interface EndpointPort {
  name?: string;
  protocol?: string;
  port?: number;
  appProtocol?: string;
}

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MAX_ENDPOINTS = 1000;
const MAX_PORTS = 20_000;
const MAX_ADDRESSES = 100;
const MAX_HINTS = 8;
const ENDPOINTS = new Path('endpoints');
const PORTS = new Path('ports');

/** Complaints about a slice. */
export function validateEndpointSlice(
  { addressType = '', endpoints = [], ports = [] }: EndpointSlice,
  errors: FieldErrors,
): void {
  validateAddressType(addressType, new Path('addressType'), errors);
  if (endpoints.length > MAX_ENDPOINTS) errors.tooMany(ENDPOINTS, endpoints.length, MAX_ENDPOINTS);
  else
    endpoints.forEach((endpoint, i) => {
      validateEndpoint(endpoint, addressType, ENDPOINTS.index(i), errors);
    });
  if (ports.length > MAX_PORTS) errors.tooMany(PORTS, ports.length, MAX_PORTS);
  else validatePorts(ports, errors);
}

function validateAddressType(addressType: string, path: Path, errors: FieldErrors): void {
  if (addressType === '') errors.required(path);
  else if (!ADDRESS_TYPES.includes(addressType)) errors.notSupported(path, addressType, ADDRESS_TYPES);
}

function validateEndpoint(endpoint: Endpoint, addressType: string, path: Path, errors: FieldErrors): void {
  const { addresses = [], hostname, nodeName, deprecatedTopology, hints } = endpoint;
  const at = path.child('addresses');
  if (addresses.length === 0) errors.required(at, 'must contain at least 1 address');
  else if (addresses.length > MAX_ADDRESSES) errors.tooMany(at, addresses.length, MAX_ADDRESSES);
  addresses.forEach((address, i) => {
    validateAddress(address, addressType, at.index(i), errors);
  });
  if (nodeName !== undefined) errors.invalidEach(path.child('nodeName'), nodeName, dnsSubdomainErrors(nodeName));
  if (hostname !== undefined) errors.invalidEach(path.child('hostname'), hostname, dnsLabelErrors(hostname));
  if (Object.keys(deprecatedTopology ?? {}).length > 0 && deprecatedTopology !== undefined)
    for (const key of Object.keys(deprecatedTopology))
      errors.invalidEach(path.child('deprecatedTopology'), key, qualifiedNameErrors(key));
  validateHints(hints?.forZones ?? [], path.child('hints').child('forZones'), errors);
  validateHints(hints?.forNodes ?? [], path.child('hints').child('forNodes'), errors);
}

function validateAddress(address: string, addressType: string, path: Path, errors: FieldErrors): void {
  if (addressType === 'FQDN') validateFullName(address, path, errors);
  else if (addressType === 'IPv4' && ipFamily(address) !== 4)
    errors.invalid(path, address, 'must be a valid IPv4 address');
  else if (addressType === 'IPv6' && ipFamily(address) !== 6)
    errors.invalid(path, address, 'must be a valid IPv6 address');
  else if (addressType === 'IPv4' || addressType === 'IPv6') {
    errors.invalidEach(path, address, ipErrors(address));
    validateEndpointAddress(address, path, errors);
  }
}

function validateFullName(name: string, path: Path, errors: FieldErrors): void {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  if (bare === '') errors.required(path);
  else if (dnsSubdomainErrors(bare).length > 0) errors.invalidEach(path, name, dnsSubdomainErrors(bare));
  else if (!bare.includes('.'))
    errors.invalid(path, name, 'should be a domain with at least two segments separated by dots');
}

function validateHints(hints: readonly { name?: string }[], path: Path, errors: FieldErrors): void {
  if (hints.length > MAX_HINTS) {
    errors.tooMany(path, hints.length, MAX_HINTS);
    return;
  }
  const seen = new Set<string>();
  hints.forEach(({ name = '' }, i) => {
    const at = path.index(i).child('name');
    if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
    errors.invalidEach(at, name, qualifiedNameErrors(name));
  });
}

function validatePorts(ports: readonly EndpointPort[], errors: FieldErrors): void {
  const seen = new Set<string>();
  ports.forEach(({ name = '', protocol, port, appProtocol }, i) => {
    const at = PORTS.index(i);
    if (name !== '') errors.invalidEach(at.child('name'), name, dnsLabelErrors(name));
    if (seen.has(name)) errors.duplicate(at.child('name'), name);
    seen.add(name);
    validateProtocol(protocol, at.child('protocol'), errors);
    if (port !== undefined) errors.invalidEach(at.child('port'), port, portNumberErrors(port));
    if (appProtocol !== undefined)
      errors.invalidEach(at.child('appProtocol'), appProtocol, qualifiedNameErrors(appProtocol));
  });
}
