import type { HookContext, KubeObject, Strategy, Subresource, UpdateStrategy, Verb } from '#kube/api';
import { setOwn } from '#kube/codec';
import type { CrdVersion } from '../types.ts';
import type { CompiledVersion } from './version.ts';

const PART_VERBS: readonly Verb[] = ['get', 'patch', 'update'];

/** The version that an object is in. */
type VersionOf = (object: KubeObject) => CompiledVersion;

/** The hooks of a custom resource's main path, in whichever version; `withStatus` names those whose status is a subresource. */
export function customStrategy(versionOf: VersionOf, withStatus: ReadonlySet<string>): Strategy {
  const hasStatus = (object: KubeObject) => withStatus.has(versionOf(object).name);
  return {
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    setDefaults: (object) => versionOf(object).setDefaults?.(object),
    prepareForCreate: (object) => {
      if (hasStatus(object)) delete object.status;
    },
    prepareForUpdate: (object, old) => {
      if (hasStatus(object)) keep(object, old, 'status');
    },
    validate: (object, context) => versionOf(object).validate(object, undefined, context),
    validateUpdate: (object, old, context) => versionOf(object).validate(object, old, context),
  };
}

/** `status` and `scale`, as a version asks for them. */
export function customSubresources(
  { subresources: { status, scale } = {} }: CrdVersion,
  versionOf: VersionOf,
): Record<string, Subresource> {
  return {
    ...(status !== undefined ? { status: { verbs: PART_VERBS, strategy: statusStrategy(versionOf) } } : {}),
    ...(scale === undefined
      ? {}
      : {
          scale: {
            verbs: PART_VERBS,
            body: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
            scale,
          },
        }),
  };
}

/** Through `status`, nothing but the status changes: not even labels, unlike in built-in kinds. */
function statusStrategy(versionOf: VersionOf): UpdateStrategy {
  return {
    prepareForUpdate: (object, old) => {
      for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
        if (field !== 'status' && field !== 'metadata') keep(object, old, field);
      }
      const { managedFields, resourceVersion } = object.metadata;
      object.metadata = {
        ...old.metadata,
        ...(managedFields === undefined ? {} : { managedFields }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
    },
    validateUpdate: (object: KubeObject, old: KubeObject, context: HookContext) =>
      versionOf(object).validate(object, old, context),
  };
}

function keep(object: KubeObject, old: KubeObject, field: string): void {
  if (Object.hasOwn(old, field)) setOwn(object, field, old[field]);
  else delete object[field];
}
