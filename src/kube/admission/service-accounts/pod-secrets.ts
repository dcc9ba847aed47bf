import type { Shared } from '#kube/api';
import type { Container, PodSpec, Volume } from '#kube/api/resources';

type Source = { secretRef?: { name?: string } } | undefined;

/** The names of the secrets that one container takes variables from. */
export function containerSecrets({ env = [], envFrom = [] }: Shared<Container>): string[] {
  return [
    ...envFrom.flatMap(({ secretRef }) => secretRef?.name ?? []),
    ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
  ];
}

/** The names of the secrets behind one volume. */
export function volumeSecrets(volume: Shared<Volume>): string[] {
  const { azureFile, cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, secret, storageos, csi, projected } = volume;
  const byReference = [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos] as Source[];
  return [
    ...byReference.flatMap((source) => source?.secretRef?.name ?? []),
    ...((azureFile?.secretName ?? '') ? [azureFile?.secretName as string] : []),
    ...(secret?.secretName === undefined ? [] : [secret.secretName]),
    ...(csi?.nodePublishSecretRef?.name === undefined ? [] : [csi.nodePublishSecretRef.name]),
    ...(projected?.sources ?? []).flatMap((source) => source.secret?.name ?? []),
  ];
}

/** Every container of a pod, of any kind, with what messages call its kind. */
export function allContainers(spec: PodSpec): { readonly container: Container; readonly word: string }[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
  return [
    ...initContainers.map((container) => ({ container, word: 'init container' })),
    ...containers.map((container) => ({ container, word: 'container' })),
    ...ephemeralContainers.map((container) => ({ container, word: 'ephemeral container' })),
  ];
}

/** Does a pod name any secret? */
export function hasSecrets(spec: PodSpec): boolean {
  if ((spec.imagePullSecrets?.length ?? 0) > 0) return true;
  if (allContainers(spec).some(({ container }) => containerSecrets(container).length > 0)) return true;
  return (spec.volumes ?? []).some((volume) => volumeSecrets(volume).length > 0);
}
