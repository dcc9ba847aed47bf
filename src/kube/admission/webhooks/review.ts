import { randomUUID } from 'node:crypto';
import type { KubeObject, Shared } from '#kube/api';
import type { AdmissionAttributes } from '../contract.ts';
import type { MatchedResource } from '../matching/rules.ts';

/** The object and what it was, in the version that the webhook wants. */
export interface ReviewedObjects {
  readonly object: KubeObject | undefined;
  readonly oldObject: Shared<KubeObject> | undefined;
}

const GROUP = 'admission.k8s.io';
const KNOWN_VERSIONS = ['v1', 'v1beta1'];

/** A question to a webhook, and what its answer has to repeat. */
export interface Review {
  readonly version: string;
  readonly uid: string;
  readonly body: string;
}

/** An AdmissionReview in the first version that both sides know; undefined: there is none. */
export function makeReview(
  versions: readonly string[],
  attributes: AdmissionAttributes,
  matched: MatchedResource,
  objects: ReviewedObjects,
): Review | undefined {
  const version = versions.find((one) => KNOWN_VERSIONS.includes(one));
  if (version === undefined) return undefined;
  const uid = randomUUID();
  const { subresource, name, namespace, operation, options, dryRun, user } = attributes;
  const isNamespace = attributes.resource.group === '' && attributes.resource.resource === 'namespaces';
  const where = isNamespace ? name : namespace;
  const request = {
    uid,
    kind: matched.kind,
    resource: matched.resource,
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: attributes.kind,
    requestResource: attributes.resource,
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(where === '' ? {} : { namespace: where }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid === undefined || user.uid === '' ? {} : { uid: user.uid }),
      ...(user.groups.length === 0 ? {} : { groups: user.groups }),
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    object: objects.object ?? null,
    oldObject: objects.oldObject ?? null,
    dryRun,
    options: Object.keys(options).length === 0 ? null : options,
  };
  return {
    version,
    uid,
    body: JSON.stringify({ kind: 'AdmissionReview', apiVersion: `${GROUP}/${version}`, request }),
  };
}

/** What a webhook has decided. */
export interface Decision {
  readonly allowed: boolean;
  /** The Status it gave, as it came. */
  readonly status: Readonly<Record<string, unknown>>;
  /** The JSON patch as text; undefined: it wants nothing changed. */
  readonly patch: string | undefined;
  readonly warnings: readonly string[];
  readonly auditAnnotations: ReadonlyMap<string, string>;
}

const MAX_WARNINGS = 100;

/** Reads an answer; throws an Error that says what is wrong with it. Nothing of it is believed unseen. */
export function readDecision(answer: unknown, { version, uid }: Review, mutating: boolean): Decision {
  const { apiVersion = '', kind = '', response } = recordOf(answer);
  const isStrict = version === 'v1';
  if (isStrict && (apiVersion !== `${GROUP}/v1` || kind !== 'AdmissionReview')) {
    const [group, got] = String(apiVersion).includes('/') ? String(apiVersion).split('/') : ['', apiVersion];
    const shown = `${group}/${got}, Kind=${kind}`.slice(0, 256);
    throw new Error(`expected webhook response of ${GROUP}/v1, Kind=AdmissionReview, got ${shown}`);
  }
  if (response === undefined || response === null) throw new Error('webhook response was absent');
  const fields = recordOf(response);
  if (isStrict && fields.uid !== uid) {
    throw new Error(`expected response.uid="${uid}", got "${String(fields.uid ?? '').slice(0, 256)}"`);
  }
  return {
    allowed: fields.allowed === true,
    status: recordOf(fields.status),
    patch: readPatch(fields, mutating, isStrict),
    warnings: listOf(fields.warnings).slice(0, MAX_WARNINGS),
    auditAnnotations: new Map(
      Object.entries(recordOf(fields.auditAnnotations)).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    ),
  };
}

function readPatch(fields: Record<string, unknown>, mutating: boolean, isStrict: boolean): string | undefined {
  const patch = typeof fields.patch === 'string' && fields.patch !== '' ? fields.patch : undefined;
  const type = typeof fields.patchType === 'string' ? fields.patchType : undefined;
  if (!mutating) {
    if (isStrict && patch !== undefined) throw new Error('validating webhook may not return response.patch');
    if (isStrict && type !== undefined) throw new Error('validating webhook may not return response.patchType');
    return undefined;
  }
  if (isStrict && patch !== undefined && type === undefined) {
    throw new Error('webhook returned response.patch but not response.patchType');
  }
  if (isStrict && patch === undefined && type !== undefined) {
    throw new Error('webhook returned response.patchType but not response.patch');
  }
  if (patch === undefined) return undefined;
  if (type !== undefined && type !== 'JSONPatch') {
    throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(type.slice(0, 64))}`);
  }
  return Buffer.from(patch, 'base64').toString('utf8');
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
