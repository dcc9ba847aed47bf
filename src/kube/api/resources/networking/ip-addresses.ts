import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  canonicalIpErrors,
  type FieldErrors,
  METADATA,
  pathSegmentErrors,
  SPEC,
  validateImmutable,
} from '../../values/mod.ts';
import { textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';

interface IpAddress extends KubeObject {
  spec: { parentRef?: { group?: string; resource?: string; namespace?: string; name?: string } };
}

const NAME = METADATA.child('name');
const PARENT = SPEC.child('parentRef');

function validate({ metadata, spec }: IpAddress, errors: FieldErrors): void {
  const { name = '' } = metadata;
  errors.invalidEach(NAME, name, canonicalIpErrors(name));
  const { parentRef } = spec;
  if (parentRef === undefined) {
    errors.required(PARENT);
    return;
  }
  for (const field of ['resource', 'name'] as const) {
    const text = parentRef[field] ?? '';
    if (text === '') errors.required(PARENT.child(field));
    else errors.invalidEach(PARENT.child(field), text, pathSegmentErrors(text));
  }
}

function parent(object: KubeObject): string {
  const { group = '', resource = '', namespace = '', name = '' } = (object as IpAddress).spec?.parentRef ?? {};
  const qualified = group === '' ? resource : `${resource}.${group}`;
  return namespace === '' ? `${qualified}/${name}` : `${qualified}/${namespace}/${name}`;
}

/** An address that is taken, and by whom. */
export const ipAddresses: ResourceDefinition = {
  group: 'networking.k8s.io',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  kind: 'IPAddress',
  shortNames: ['ip'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'networking.k8s.io', version: 'v1', kind: 'IPAddress' },
      {
        columns: [textColumn('ParentRef', 'Who has it.', parent)],
        selectableFields: {
          'spec.parentRef.group': (object) => (object as IpAddress).spec?.parentRef?.group ?? '',
          'spec.parentRef.name': (object) => (object as IpAddress).spec?.parentRef?.name ?? '',
          'spec.parentRef.namespace': (object) => (object as IpAddress).spec?.parentRef?.namespace ?? '',
          'spec.parentRef.resource': (object) => (object as IpAddress).spec?.parentRef?.resource ?? '',
        },
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<IpAddress>(
    {
      setDefaults: (address) => {
        address.spec ??= {};
      },
      validate,
      validateChange: ({ spec }, old, errors) => validateImmutable(spec.parentRef, old.spec.parentRef, PARENT, errors),
    },
    { nameRule: 'path-segment', allowCreateOnUpdate: true },
  ),
};
