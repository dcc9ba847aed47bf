import type { KubeObject } from '../../object.ts';
import type { ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, Path } from '../../values/mod.ts';
import { complaints } from '../strategies.ts';
import { v1 } from './version.ts';

/** `Binding`: which node a pod is to run on. */
export interface Binding extends KubeObject {
  target: { kind?: string; name?: string };
}

const TARGET = new Path('target');

/** Complaints about a Binding, as the scheduler posts it to `pods/binding`. */
export function validateBinding(binding: Binding, errors: FieldErrors): void {
  const { kind = '', name = '' } = binding.target ?? {};
  if (kind !== '' && kind !== 'Node') errors.notSupported(TARGET.child('kind'), kind, ['Node', '<empty>']);
  if (name === '') errors.required(TARGET.child('name'));
}

/** The old path of bindings: the same as posting to `pods/NAME/binding`. Nothing is stored. */
export const bindings: ResourceDefinition = {
  group: '',
  plural: 'bindings',
  singular: 'binding',
  kind: 'Binding',
  namespaced: true,
  verbs: ['create'],
  versions: v1('Binding'),
  storageVersion: 'v1',
  stored: false,
  strategy: { validate: (object) => complaints((errors) => validateBinding(object as Binding, errors)) },
};
