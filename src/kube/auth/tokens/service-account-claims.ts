import { CREDENTIAL_ID, serviceAccountGroups, serviceAccountName } from '../authenticate/names.ts';
import type { UserInfo } from '../contract.ts';

/** An object that a token names: a token is worth nothing without that very object. */
export interface ObjectClaim {
  readonly name: string;
  readonly uid: string;
}

/** What a token of a service account says, under `kubernetes.io`. */
export interface ServiceAccountClaims {
  readonly namespace: string;
  readonly serviceaccount: ObjectClaim;
  readonly pod?: ObjectClaim;
  readonly node?: ObjectClaim;
  readonly secret?: ObjectClaim;
  /** Seconds since the epoch after which use of the token is worth a warning. */
  readonly warnafter?: number;
}

/** Reads the private claims; undefined where they are not as we write them. */
export function readServiceAccountClaims(value: unknown): ServiceAccountClaims | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { namespace, serviceaccount, pod, node, secret, warnafter } = value as Record<string, unknown>;
  if (typeof namespace !== 'string' || !isObjectClaim(serviceaccount)) return undefined;
  if (![pod, node, secret].every((one) => one === undefined || isObjectClaim(one))) return undefined;
  return {
    namespace,
    serviceaccount,
    ...(isObjectClaim(pod) ? { pod } : {}),
    ...(isObjectClaim(node) ? { node } : {}),
    ...(isObjectClaim(secret) ? { secret } : {}),
    ...(typeof warnafter === 'number' ? { warnafter } : {}),
  };
}

function isObjectClaim(value: unknown): value is ObjectClaim {
  if (typeof value !== 'object' || value === null) return false;
  const { name, uid } = value as Record<string, unknown>;
  return typeof name === 'string' && name !== '' && typeof uid === 'string' && uid !== '';
}

/** The user that a token speaks for. */
export function serviceAccountUser(claims: ServiceAccountClaims, tokenId: string | undefined): UserInfo {
  const { namespace, serviceaccount, pod, node } = claims;
  const extra: Record<string, readonly string[]> = {};
  if (tokenId !== undefined) extra[CREDENTIAL_ID] = [`JTI=${tokenId}`];
  if (pod !== undefined) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name];
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
  }
  if (node !== undefined) {
    extra['authentication.kubernetes.io/node-name'] = [node.name];
    extra['authentication.kubernetes.io/node-uid'] = [node.uid];
  }
  return {
    name: serviceAccountName(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: serviceAccountGroups(namespace),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
