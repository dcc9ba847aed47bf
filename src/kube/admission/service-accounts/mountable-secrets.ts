import type { Shared } from '#kube/api';
import type { Pod } from '#kube/api/resources';
import { refuse } from '../common/refuse.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { allContainers, containerSecrets } from './pod-secrets.ts';
import type { ServiceAccount } from './service-account.ts';

const ENFORCE_ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';

/** An account that says so allows its pods the secrets that it lists, and no others. */
export function checkSecretReferences(
  attributes: AdmissionAttributes,
  pod: Pod,
  account: Shared<ServiceAccount>,
): void {
  if (account.metadata.annotations?.[ENFORCE_ANNOTATION] !== 'true') return;
  const why = forbiddenSecret(pod, account);
  if (why !== undefined) throw refuse(attributes, why);
}

function forbiddenSecret({ spec }: Pod, { metadata, secrets = [], imagePullSecrets = [] }: Shared<ServiceAccount>) {
  const mountable = new Set(secrets.map(({ name }) => name));
  const because = `because service account ${metadata.name} does not reference that secret`;
  const volume = spec.volumes?.find(({ secret }) => secret !== undefined && !mountable.has(secret.secretName));
  if (volume !== undefined)
    return `volume with secret.secretName="${volume.secret?.secretName}" is not allowed ${because}`;
  for (const { container, word } of allContainers(spec)) {
    const name = containerSecrets(container).find((one) => !mountable.has(one));
    if (name !== undefined) return `${word} ${container.name} with secret "${name}" is not allowed ${because}`;
  }
  const pullable = new Set(imagePullSecrets.map(({ name }) => name));
  const pull = spec.imagePullSecrets?.find(({ name }) => !pullable.has(name));
  if (pull === undefined) return undefined;
  return `imagePullSecrets[${spec.imagePullSecrets?.indexOf(pull)}].name="${pull.name}" is not allowed because service account ${metadata.name} does not reference that imagePullSecret`;
}
