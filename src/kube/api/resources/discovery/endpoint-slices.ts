import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { Path, semanticEqual, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, firstFew, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { type EndpointSlice, validateEndpointSlice } from './validate-slice.ts';

const ADDRESS_TYPE = new Path('addressType');
const MAX_SHOWN = 3;

function setDefaults(slice: EndpointSlice): void {
  // Upstream's types have these lists by value: they are always on the wire, as null where there are none.
  slice.endpoints ??= [];
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

function ports(object: KubeObject): string {
  const texts = ((object as EndpointSlice).ports ?? []).map(({ port, name = '' }) => String(port ?? (name || '*')));
  return firstFew(texts, MAX_SHOWN, '<unset>');
}

function endpoints(object: KubeObject): string {
  const addresses = ((object as EndpointSlice).endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
  return firstFew(addresses, MAX_SHOWN, '<unset>');
}

/** Some of the addresses behind a service. */
export const endpointSlices: ResourceDefinition = {
  group: 'discovery.k8s.io',
  plural: 'endpointslices',
  singular: 'endpointslice',
  kind: 'EndpointSlice',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' },
      {
        columns: [
          textColumn('AddressType', 'IPv4, IPv6 or FQDN.', (object) => (object as EndpointSlice).addressType ?? ''),
          textColumn('Ports', 'Ports of every address.', ports),
          textColumn('Endpoints', 'The addresses.', endpoints),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<EndpointSlice>(
    {
      setDefaults,
      validate: validateEndpointSlice,
      validateChange: (slice, old, errors) =>
        validateImmutable(slice.addressType, old.addressType, ADDRESS_TYPE, errors),
    },
    {
      hasGeneration: true,
      movesGeneration: ({ metadata }, { metadata: { labels: before = {} } }, isChanged) =>
        isChanged || !semanticEqual(metadata.labels ?? {}, before),
    },
  ),
};
