import { inOnePiece } from '#base';
import type { Container, PodSpec, Volume } from '#kube/api/resources';
import { randomSuffix } from '../common/random-suffix.ts';

const VOLUME_PREFIX = 'kube-api-access-';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and some seconds by which others know that the token is one of these. */
const EXPIRATION_SECONDS = 3607;

/** Mounts a volume with token, CA and namespace into every container that has nothing at that path. */
export function mountToken(spec: PodSpec): void {
  const present = spec.volumes?.find(({ name }) => name?.startsWith(VOLUME_PREFIX))?.name;
  const volume = present ?? inOnePiece(VOLUME_PREFIX + randomSuffix());
  const inits = mountInto(spec.initContainers, volume);
  const containers = mountInto(spec.containers, volume);
  if (present !== undefined || !(inits || containers)) return;
  spec.volumes ??= [];
  spec.volumes.push(tokenVolume(volume));
}

function mountInto(containers: readonly Container[] | undefined, volume: string): boolean {
  let mounted = false;
  for (const container of containers ?? []) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) continue;
    container.volumeMounts ??= [];
    container.volumeMounts.push({ name: volume, readOnly: true, mountPath: MOUNT_PATH });
    mounted = true;
  }
  return mounted;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: EXPIRATION_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}
