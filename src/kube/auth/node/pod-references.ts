import type { KubeObject, Shared } from '#kube/api';

/** What the pod's node has to read for it, all of the pod's namespace. */
export interface PodReferences {
  readonly node: string;
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly resourceClaims: ReadonlySet<string>;
  readonly serviceAccount: string;
  readonly hasClusterTrustBundles: boolean;
}

const MIRROR = 'kubernetes.io/config.mirror';

type Fields = Readonly<Record<string, unknown>>;

/** Pods in caches never change: what one refers to lasts as long as it does. */
const known = new WeakMap<object, PodReferences>();

/** What a pod refers to. Mirror pods refer to nothing: nodes write them, so they could claim anything. */
export function podReferences(pod: Shared<KubeObject>): PodReferences {
  let found = known.get(pod);
  if (found === undefined) {
    found = isMirror(pod) ? { ...collect({ metadata: pod.metadata }), node: nodeOf(pod) } : collect(pod);
    known.set(pod, found);
  }
  return found;
}

/** What a pod says that it refers to, whoever wrote it. */
export function collect(pod: Partial<Shared<KubeObject>>): PodReferences {
  const spec = fields(pod.spec);
  const containers = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((name) => list(spec[name]));
  const volumes = list(spec.volumes);
  const projected = volumes.flatMap((volume) => list(fields(volume.projected).sources));
  const environment = containers.flatMap(({ env }) => list(env).map(({ valueFrom }) => fields(valueFrom)));
  const whole = containers.flatMap(({ envFrom }) => list(envFrom));
  const name = pod.metadata?.name ?? '';
  return {
    node: text(spec.nodeName),
    serviceAccount: text(spec.serviceAccountName),
    secrets: names([
      ...list(spec.imagePullSecrets).map((one) => one.name),
      ...environment.map(({ secretKeyRef }) => fields(secretKeyRef).name),
      ...whole.map(({ secretRef }) => fields(secretRef).name),
      ...projected.map(({ secret }) => fields(secret).name),
      ...volumes.flatMap(volumeSecrets),
    ]),
    configMaps: names([
      ...environment.map(({ configMapKeyRef }) => fields(configMapKeyRef).name),
      ...whole.map(({ configMapRef }) => fields(configMapRef).name),
      ...projected.map(({ configMap }) => fields(configMap).name),
      ...volumes.map(({ configMap }) => fields(configMap).name),
    ]),
    claims: names(
      volumes.map(({ name: volume, persistentVolumeClaim, ephemeral }) =>
        ephemeral === undefined ? fields(persistentVolumeClaim).claimName : `${name}-${text(volume)}`,
      ),
    ),
    resourceClaims: resourceClaims(pod),
    hasClusterTrustBundles: projected.some(({ clusterTrustBundle }) => clusterTrustBundle !== undefined),
  };
}

/** Volume types whose `secretRef` names a secret of the pod's namespace. */
const WITH_SECRET_REF = ['cephfs', 'cinder', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'] as const;

function volumeSecrets(volume: Fields): unknown[] {
  return [
    fields(volume.secret).secretName,
    fields(volume.azureFile).secretName,
    fields(fields(volume.csi).nodePublishSecretRef).name,
    ...WITH_SECRET_REF.map((type) => fields(fields(volume[type]).secretRef).name),
  ];
}

function resourceClaims(pod: Partial<Shared<KubeObject>>): ReadonlySet<string> {
  const status = fields(pod.status);
  return names([
    ...list(fields(pod.spec).resourceClaims).map(({ resourceClaimName }) => resourceClaimName),
    ...list(status.resourceClaimStatuses).map(({ resourceClaimName }) => resourceClaimName),
    fields(status.extendedResourceClaimStatus).resourceClaimName,
  ]);
}

/** True for pods that a node shows of its own static pods. */
export function isMirror({ metadata }: Shared<KubeObject>): boolean {
  return metadata.annotations !== undefined && Object.hasOwn(metadata.annotations, MIRROR);
}

function nodeOf(pod: Shared<KubeObject>): string {
  return text(fields(pod.spec).nodeName);
}

/** Fields of an object that may not be there. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function names(values: readonly unknown[]): ReadonlySet<string> {
  return new Set(values.filter((value) => typeof value === 'string' && value !== '') as string[]);
}
