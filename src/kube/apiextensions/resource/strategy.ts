import type { HookContext, KubeObject, Strategy, Subresource, UpdateStrategy, Verb } from '#kube/api';
import { setOwn } from '#kube/codec';
import type { CrdVersion } from '../types.ts';
import type { CompiledVersion } from './version.ts';

const PART_VERBS: readonly Verb[] = ['get', 'patch', 'update'];

/**
 * The hooks of a custom resource's main path; `stored` is the version that objects come in, `withStatus` names those whose status is a
 * subresource.
 */
export function customStrategy(stored: CompiledVersion, withStatus: ReadonlySet<string>): Strategy {
  const hasStatus = ({ version = stored.name }: HookContext) => withStatus.has(version);
  return {
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    setDefaults: (object) => stored.setDefaults?.(object),
    prepareForCreate: (object, context) => {
      if (hasStatus(context)) delete object.status;
    },
    prepareForUpdate: (object, old, context) => {
      if (hasStatus(context)) keep(object, old, 'status');
    },
    validate: (object, context) => stored.validate(object, undefined, context),
    validateUpdate: (object, old, context) => stored.validate(object, old, context),
  };
}

/** `status` and `scale`, as a version asks for them. */
export function customSubresources(
  { subresources: { status, scale } = {} }: CrdVersion,
  stored: CompiledVersion,
): Record<string, Subresource> {
  return {
    ...(status !== undefined ? { status: { verbs: PART_VERBS, strategy: statusStrategy(stored) } } : {}),
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
function statusStrategy(stored: CompiledVersion): UpdateStrategy {
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
      stored.validate(object, old, context),
  };
}

function keep(object: KubeObject, old: KubeObject, field: string): void {
  if (Object.hasOwn(old, field)) setOwn(object, field, old[field]);
  else delete object[field];
}
