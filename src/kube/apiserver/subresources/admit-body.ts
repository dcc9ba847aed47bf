import type { GroupVersionKind, KubeObject } from '#kube/api';
import { schemaOfKind } from '#kube/api/schema';
import { conform } from '#kube/codec';
import { admit, attributesOf, validateAdmission } from '../verbs/admit.ts';
import type { Target } from '../verbs/target.ts';
import type { WriteOptions } from '../verbs/write-options.ts';

/**
 * Asks admission about the body of a subresource that is posted (Binding, Eviction, TokenRequest): a CREATE of that kind. `whole` is
 * called between changing and checking, to complete what the plugins see. Answers the body as the plugins left it.
 */
export async function admitBody(
  target: Target,
  body: KubeObject,
  kind: GroupVersionKind,
  { dryRun, fieldManager }: Pick<WriteOptions, 'dryRun' | 'fieldManager'>,
  whole: (body: KubeObject) => void = () => undefined,
): Promise<KubeObject> {
  const options = {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'CreateOptions',
    fieldManager,
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  const ask = (object: KubeObject) =>
    attributesOf(target, 'CREATE', { object, oldObject: undefined }, options, dryRun, kind);
  const attributes = ask(body);
  let admitted = body;
  if (await admit(target, attributes)) {
    admitted = attributes.object ?? body;
    // Webhooks may have made anything of it.
    conform(admitted, schemaOfKind(kind), target.machinery.resolveSchema);
  }
  whole(admitted);
  await validateAdmission(target, ask(admitted));
  return admitted;
}
