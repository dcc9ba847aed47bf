import type { KubeObject, Shared } from '#kube/api';
import { type OwnerKind, type Pod, type PodTemplateSpec, podFromTemplate, type Volume } from '../common/mod.ts';
import type { StatefulSet } from './types.ts';

/** The label by which a pod says of which revision it is. */
export const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** `web-3`. */
export function podName({ metadata }: Shared<StatefulSet>, ordinal: number): string {
  return `${metadata.name}-${ordinal}`;
}

/** The ordinal of a pod of this set; undefined when the name is none of the set's. */
export function ordinalOf(set: Shared<StatefulSet>, { metadata }: Shared<KubeObject>): number | undefined {
  const found = /^(.*)-(0|[1-9][0-9]{0,9})$/s.exec(metadata.name ?? '');
  return found?.[1] === set.metadata.name ? Number(found?.[2]) : undefined;
}

/** `data-web-3`: the claim of a template for a pod. */
export function claimName({ metadata }: Shared<KubeObject>, set: Shared<StatefulSet>, ordinal: number): string {
  return `${metadata.name}-${podName(set, ordinal)}`;
}

/** The pod with this ordinal, of this template; `revision` is the name of the template's revision. */
export function podOfSet(
  set: Shared<StatefulSet>,
  kind: OwnerKind<StatefulSet>,
  {
    ordinal,
    revision,
    template,
  }: { readonly ordinal: number; readonly revision: string; readonly template: Shared<PodTemplateSpec> },
): Pod {
  const pod = podFromTemplate(set, kind, template);
  const name = podName(set, ordinal);
  pod.metadata.name = name;
  delete pod.metadata.generateName;
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [POD_NAME_LABEL]: name,
    [POD_INDEX_LABEL]: String(ordinal),
    [REVISION_LABEL]: revision,
  };
  pod.spec = { ...pod.spec, hostname: name };
  if ((set.spec?.serviceName ?? '') !== '') pod.spec.subdomain = set.spec?.serviceName;
  const volumes = volumesOf(set, ordinal, pod.spec.volumes ?? []);
  if (volumes.length > 0) pod.spec.volumes = volumes;
  return pod;
}

/** Claims take the place of volumes of the same name. */
function volumesOf(set: Shared<StatefulSet>, ordinal: number, own: readonly Volume[]): Volume[] {
  const claims = (set.spec?.volumeClaimTemplates ?? []).map(
    (template): Volume => ({
      name: template.metadata.name ?? '',
      persistentVolumeClaim: { claimName: claimName(template, set, ordinal) },
    }),
  );
  const names = new Set(claims.map(({ name }) => name));
  return [...claims, ...own.filter(({ name }) => !names.has(name))];
}

/** The claims that a pod needs, as the set's templates have them. */
export function claimsOf(set: Shared<StatefulSet>, ordinal: number): KubeObject[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const { apiVersion = 'v1', kind = 'PersistentVolumeClaim', metadata, spec } = template;
    const labels = { ...metadata.labels, ...set.spec?.selector?.matchLabels };
    const { namespace } = set.metadata;
    const name = claimName(template, set, ordinal);
    const claim = { apiVersion, kind, metadata: { ...metadata, name, namespace, labels }, spec };
    return structuredClone(claim) as KubeObject;
  });
}
