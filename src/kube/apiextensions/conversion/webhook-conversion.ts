import { randomUUID } from 'node:crypto';
import { errorMessage } from '#base';
import { groupVersion, type KubeObject, type ResourceDefinition, StatusError } from '#kube/api';
import { isObject } from '../schema/json-value.ts';
import type { CustomResourceDefinition } from '../types.ts';
import type { ConversionClient } from './conversion-client.ts';

const TIMEOUT_MS = 30_000;
/** Objects that go into one review: a list of thousands is converted in parts. */
const BATCH = 500;
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

type Convert = NonNullable<ResourceDefinition['convert']>;

/** Converts by asking the CRD's webhook. What comes back is believed only as far as labels, annotations and the rest of the object go. */
export function webhookConversion(crd: CustomResourceDefinition, client: ConversionClient): Convert {
  return async (objects, toVersion) => {
    const desired = groupVersion({ group: crd.spec.group, version: toVersion });
    const foreign = objects.filter(({ apiVersion }) => apiVersion !== desired);
    const converted: KubeObject[] = [];
    for (let at = 0; at < foreign.length; at += BATCH) {
      converted.push(...(await review(crd, client, foreign.slice(at, at + BATCH), desired)));
    }
    return objects.map((object) => (object.apiVersion === desired ? object : (converted.shift() as KubeObject)));
  };
}

async function review(
  crd: CustomResourceDefinition,
  client: ConversionClient,
  objects: readonly KubeObject[],
  desired: string,
): Promise<KubeObject[]> {
  const { clientConfig = {}, conversionReviewVersions = ['v1'] } = crd.spec.conversion?.webhook ?? {};
  const version = conversionReviewVersions.find((each) => REVIEW_VERSIONS.includes(each)) ?? 'v1';
  const uid = randomUUID();
  const request = {
    apiVersion: `apiextensions.k8s.io/${version}`,
    kind: 'ConversionReview',
    request: { uid, desiredAPIVersion: desired, objects },
  };
  const from = `${objects[0]?.apiVersion}, Kind=${crd.spec.names.kind}`;
  let answer: unknown;
  try {
    answer = await client.post(clientConfig, JSON.stringify(request), TIMEOUT_MS);
  } catch (error) {
    throw failed(`conversion webhook for ${from} failed: ${errorMessage(error)}`, error);
  }
  try {
    const converted = objectsOf(answer, request.apiVersion, uid, objects.length);
    return converted.map((object, index) => checked(object, objects[index] as KubeObject, desired, index));
  } catch (error) {
    throw failed(`conversion webhook for ${from} ${errorMessage(error)}`, error);
  }
}

/** Upstream answers these as plain errors: a 500 without a reason. */
function failed(message: string, cause: unknown): StatusError {
  return new StatusError(500, '', message, undefined, cause);
}

/** The objects of a review's response. */
function objectsOf(answer: unknown, apiVersion: string, uid: string, expected: number): unknown[] {
  if (!isObject(answer) || !isObject(answer.response)) throw new Error('failed: no response provided');
  if (answer.apiVersion !== apiVersion || answer.kind !== 'ConversionReview') {
    const got = `${String(answer.apiVersion)}, Kind=${String(answer.kind)}`;
    throw new Error(`failed: invalid ConversionReview: expected ${apiVersion}, Kind=ConversionReview, got ${got}`);
  }
  const { response } = answer;
  if (response.uid !== uid) throw new Error(`failed: expected response.uid="${uid}", got "${String(response.uid)}"`);
  const result = isObject(response.result) ? response.result : {};
  if (result.status !== 'Success') throw new Error(`failed: ${String(result.message ?? 'no reason given')}`);
  const { convertedObjects } = response;
  if (!Array.isArray(convertedObjects) || convertedObjects.length !== expected) {
    const count = Array.isArray(convertedObjects) ? convertedObjects.length : 0;
    throw new Error(`returned ${count} objects, expected ${expected}`);
  }
  return convertedObjects;
}

/** The converted object, with the metadata of the one that was sent: only labels and annotations may differ. */
function checked(object: unknown, original: KubeObject, desired: string, index: number): KubeObject {
  const wrong = (why: string) => new Error(`returned invalid converted object at index ${index}: ${why}`);
  if (!isObject(object)) throw wrong('not an object');
  if (object.apiVersion !== desired)
    throw wrong(`invalid groupVersion (desired: ${desired}, received: ${String(object.apiVersion)})`);
  if (object.kind !== original.kind)
    throw wrong(`invalid kind (desired: ${original.kind}, received: ${String(object.kind)})`);
  const metadata = isObject(object.metadata) ? object.metadata : {};
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if ((metadata[field] ?? '') !== (original.metadata[field] ?? ''))
      throw wrong(`must have the same ${field}: ${original.metadata[field] ?? ''} != ${String(metadata[field] ?? '')}`);
  }
  const { labels: _l, annotations: _a, ...rest } = original.metadata;
  const texts = { ...textsOf(metadata, 'labels', wrong), ...textsOf(metadata, 'annotations', wrong) };
  const { apiVersion: _v, kind: _k, metadata: _m, ...content } = object;
  return { apiVersion: desired, kind: original.kind, metadata: { ...rest, ...texts }, ...content };
}

function textsOf(
  metadata: Record<string, unknown>,
  field: 'labels' | 'annotations',
  wrong: (why: string) => Error,
): { [field]?: Record<string, string> } {
  const texts = metadata[field];
  if (texts === undefined || texts === null) return {};
  if (!isObject(texts) || Object.values(texts).some((text) => typeof text !== 'string'))
    throw wrong(`invalid metadata.${field}`);
  return { [field]: texts as Record<string, string> };
}
