import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import type { Pod } from '#kube/api/resources';
import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { messageOf, refuse } from '../common/refuse.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import { findServiceAccount } from './find.ts';
import { checkMirrorPod } from './mirror-pods.ts';
import { mountToken } from './mount-token.ts';
import { checkSecretReferences } from './mountable-secrets.ts';

const DEFAULT_NAME = 'default';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** `ServiceAccount`, as far as pods care. */
export interface ServiceAccount extends KubeObject {
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name?: string }[];
  secrets?: { name?: string }[];
}

/** ServiceAccount: every pod speaks to the API as some account, with a token that is mounted into its containers. */
export function serviceAccountPlugin(objects: Objects, client: Client): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: ({ resource, operation, subresource }) =>
      resource.resource === 'pods' &&
      resource.group === '' &&
      (operation === 'CREATE' ? subresource === '' : operation === 'UPDATE' && subresource === 'ephemeralcontainers'),
    admit(attributes) {
      const pod = attributes.object as Pod | undefined;
      if (attributes.operation !== 'CREATE' || pod?.spec === undefined || isMirror(pod)) return;
      if ((pod.spec.serviceAccountName ?? '') === '') pod.spec.serviceAccountName = DEFAULT_NAME;
      pod.spec.serviceAccount = pod.spec.serviceAccountName;
      const found = lookUp(attributes, pod, objects, client);
      if (found instanceof Promise) return found.then((account) => complete(pod, account));
      complete(pod, found);
    },
    validate(attributes) {
      const pod = attributes.object as Pod | undefined;
      if (pod?.spec === undefined) return;
      if (isMirror(pod)) return checkMirrorPod(attributes, pod);
      const name = pod.spec.serviceAccountName ?? '';
      if (name === '') {
        const where = `${attributes.namespace}/${pod.metadata.name ?? ''}`;
        throw refuse(attributes, `no service account specified for pod ${where}`);
      }
      const found = lookUp(attributes, pod, objects, client);
      if (found instanceof Promise) return found.then((account) => checkSecretReferences(attributes, pod, account));
      checkSecretReferences(attributes, pod, found);
    },
  };
}

function isMirror({ metadata: { annotations } }: Pod): boolean {
  return annotations !== undefined && Object.hasOwn(annotations, MIRROR_ANNOTATION);
}

type Account = Shared<ServiceAccount>;

function lookUp(
  attributes: AdmissionAttributes,
  pod: Pod,
  objects: Objects,
  client: Client,
): Account | Promise<Account> {
  const { namespace, signal } = attributes;
  const name = pod.spec.serviceAccountName ?? '';
  const found = findServiceAccount({ namespace, name, signal }, objects, client);
  if (!(found instanceof Promise)) return found;
  return found.catch((error: unknown) => {
    const why = `error looking up service account ${namespace}/${name}: ${messageOf(error)}`;
    throw isStatusError(error) ? refuse(attributes, why) : error;
  });
}

function complete(pod: Pod, account: Account): void {
  const { spec } = pod;
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec);
  const secrets = account.imagePullSecrets ?? [];
  if ((spec.imagePullSecrets?.length ?? 0) === 0 && secrets.length > 0) {
    spec.imagePullSecrets = secrets.map(({ name = '' }) => ({ name }));
  }
}
