import type { KubeObject, Shared } from '#kube/api';

/** Of the classes that an annotation marks as the default, the newest; of those made in the same second the first by name. */
export function defaultClass(
  classes: readonly Shared<KubeObject>[],
  annotations: readonly string[],
): Shared<KubeObject> | undefined {
  let found: Shared<KubeObject> | undefined;
  for (const one of classes) {
    const marked = annotations.some((key) => one.metadata.annotations?.[key] === 'true');
    if (marked && (found === undefined || createdAt(one) > createdAt(found))) found = one;
  }
  return found;
}

/** Times are in one form: they can be compared as texts. */
function createdAt({ metadata }: Shared<KubeObject>): string {
  return metadata.creationTimestamp ?? '';
}
