import { randomBytes, randomUUID } from 'node:crypto';
import { inOnePiece } from '#base';
import { badRequest, conflict, type GroupResource, type KubeObject, type ResourceDefinition } from '#kube/api';
import { timestamp } from '#kube/api/values';
import type { Target } from './target.ts';
import { resourceOf } from './target.ts';

/** Letters that names are generated of: no vowels, so that no words come out. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
/** The longest name that a generated one is cut for, suffix included. */
const MAX_GENERATED_LENGTH = 63;

/** Puts the namespace of the path into the object; a 400 where it names another. */
export function takeNamespace(target: Target, object: KubeObject): void {
  const { metadata } = object;
  if (!target.endpoint.row.namespaced) {
    if ((metadata.namespace ?? '') !== '') {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    delete metadata.namespace;
    return;
  }
  metadata.namespace ||= inOnePiece(target.namespace);
  if (metadata.namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** The name in the body must be the path's. */
export function takeName({ name }: Target, object: KubeObject): void {
  object.metadata.name ||= name;
  if (object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
}

/** What the server alone decides about a new object. */
export function fillSystemFields(object: KubeObject, nowMs: number): void {
  const { metadata } = object;
  metadata.uid = inOnePiece(randomUUID());
  metadata.creationTimestamp = timestamp(nowMs);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
}

/** Gives an object with a generateName its name. */
export function generateName({ metadata }: KubeObject): void {
  if ((metadata.name ?? '') !== '' || (metadata.generateName ?? '') === '') return;
  metadata.name = inOnePiece(`${metadata.generateName?.slice(0, MAX_GENERATED_LENGTH - SUFFIX_LENGTH)}${suffix()}`);
}

function suffix(): string {
  return [...randomBytes(SUFFIX_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** What an update may not change: taken from the object as it is. */
export function keepSystemFields(object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  for (const field of ['uid', 'creationTimestamp', 'generateName', 'generation'] as const) {
    if (old.metadata[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: old.metadata[field] });
  }
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (old.metadata[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: old.metadata[field] });
  }
  delete metadata.selfLink;
  // Who says nothing means: whatever it is now.
  metadata.resourceVersion ||= old.metadata.resourceVersion ?? '';
}

/** Built-in kinds know which finalizers without a domain there are; CRDs, API services and custom resources may have any. */
export function knowsFinalizers({ custom, group }: ResourceDefinition): boolean {
  return custom !== true && group !== 'apiextensions.k8s.io' && group !== 'apiregistration.k8s.io';
}

/** Checks uid and resourceVersion that a client wants the object to have; 409 otherwise. */
export function checkPreconditions(
  target: Target,
  current: KubeObject,
  wanted: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined,
): void {
  const gr: GroupResource = resourceOf(target);
  const { uid, resourceVersion } = current.metadata;
  if (wanted?.uid !== undefined && wanted.uid !== uid) {
    throw conflict(
      gr,
      target.name,
      `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid ?? ''}`,
    );
  }
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw conflict(
      gr,
      target.name,
      `Precondition failed: ResourceVersion in precondition: ${wanted.resourceVersion}, ResourceVersion in object meta: ${resourceVersion ?? ''}`,
    );
  }
}
