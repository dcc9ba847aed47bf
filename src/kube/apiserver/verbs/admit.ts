import type { AdmissionAttributes } from '#kube/admission';
import type { GroupVersionKind, KubeObject } from '#kube/api';
import type { Endpoint } from '../resources/catalog.ts';
import { kindOf, type Target } from './target.ts';

/** What admission is asked about; `object` is what plugins change. */
export function attributesOf(
  target: Target,
  operation: AdmissionAttributes['operation'],
  objects: { readonly object: KubeObject | undefined; readonly oldObject: KubeObject | undefined },
  options: Readonly<Record<string, unknown>>,
  dryRun: boolean,
  kind: GroupVersionKind = kindOf(target.endpoint),
): AdmissionAttributes {
  const { request, namespace, subresource } = target;
  const { row, version } = target.endpoint;
  return {
    operation,
    resource: { group: row.group, version: version.name, resource: row.plural },
    kind,
    subresource,
    namespace,
    name: objects.object?.metadata.name ?? target.name,
    object: objects.object,
    oldObject: objects.oldObject,
    options,
    dryRun,
    user: request.user,
    warn: request.warn,
    annotate: request.annotate,
    signal: request.signal,
  };
}

/** Runs the mutating plugins; answers the object that came out, and whether any was asked. */
export async function admit(target: Target, attributes: AdmissionAttributes): Promise<boolean> {
  let asked = false;
  for (const plugin of target.machinery.admission) {
    if (plugin.admit === undefined || !plugin.handles(attributes)) continue;
    asked = true;
    await plugin.admit(attributes);
  }
  return asked;
}

/** Runs the validating plugins. */
export async function validateAdmission(target: Target, attributes: AdmissionAttributes): Promise<void> {
  for (const plugin of target.machinery.admission) {
    if (plugin.validate !== undefined && plugin.handles(attributes)) await plugin.validate(attributes);
  }
}

/** True where the objects of an endpoint have to be converted to be stored. */
export function isStorageVersion({ row, version }: Endpoint): boolean {
  return row.storageVersion === version.name;
}
