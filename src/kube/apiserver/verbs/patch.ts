import {
  badRequest,
  conflict,
  type FieldError,
  forbiddenField,
  type GroupVersionKind,
  invalid,
  invalidObject,
  type KubeObject,
  OBJECT_MODIFIED,
  required,
  StatusError,
} from '#kube/api';
import { cloneJson } from '#kube/codec';
import type { ObjectAnswer } from '../answer.ts';
import { checkObject, conformBody, type DecodedBody, decodeBody, mediaType, reportFields } from './body.ts';
import { mergeApplied } from './managed-fields.ts';
import { takeName, takeNamespace } from './metadata.ts';
import { APPLY_PATCH, decodePatch, type Patcher, patcherOf } from './patch-document.ts';
import { kindOf, resourceOf, type Target } from './target.ts';
import { writeUpdate } from './update.ts';
import { type WriteOptions, writeOptions } from './write-options.ts';

/** Changes an object by a patch: PATCH in any of its four forms. */
export async function patch(target: Target): Promise<ObjectAnswer> {
  const { body } = target.request;
  if (body === undefined) throw badRequest('a patch needs a body');
  const type = mediaType(body.contentType);
  if (type === APPLY_PATCH) return apply(target, await decodeBody(body));
  const { endpoint, machinery } = target;
  const schemas = {
    schema: endpoint.version.schema(),
    resolve: machinery.resolveSchema,
    custom: endpoint.row.custom === true,
  };
  const makePatched = patcherOf(type, schemas);
  const decoded = await decodePatch(body);
  const options = writeOptions(target.request, 'PatchOptions');
  if (options.force !== undefined) {
    throw refusedOptions(forbiddenField('force', 'may not be specified for non-apply patch'));
  }
  return writeUpdate(target, options, {
    optionsKind: 'PatchOptions',
    create: undefined,
    next: (current) => patched(target, makePatched, decoded, current),
    checkPrecondition: (current, next) => checkPatchedVersion(target, current, next),
  });
}

function patched(target: Target, make: Patcher, decoded: DecodedBody, current: KubeObject): KubeObject {
  const { machinery, endpoint, request } = target;
  const gvk = kindOf(endpoint);
  // The object shares parts with the patch, and is changed in place: another try needs the patch as it was sent.
  const object = make(current, cloneJson(decoded.value)) as KubeObject;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw badRequest(`the patch makes something else than an object of kind ${gvk.kind}`);
  }
  const { unknown } = conformBody(machinery, object, endpoint.version, current);
  reportFields(request, gvk, unknown, decoded.duplicates);
  object.metadata ??= {};
  takeNamespace(target, object);
  takeName(target, object);
  return object;
}

function refusedOptions(error: FieldError): StatusError {
  return invalidObject({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [error]);
}

/** A patch that sets a resourceVersion means: only if it is still that one. And who it is never changes. */
function checkPatchedVersion(target: Target, current: KubeObject, next: KubeObject): void {
  const { uid, resourceVersion: wanted } = next.metadata;
  if (wanted !== undefined && wanted !== current.metadata.resourceVersion) {
    throw conflict(resourceOf(target), target.name, OBJECT_MODIFIED);
  }
  if ((uid ?? '') !== '' && uid !== current.metadata.uid) {
    throw invalidObject(target.endpoint.row, target.name, [invalid('metadata.uid', uid, 'field is immutable')]);
  }
}

/** Server-side apply: the body is what one manager wants, the answer is what all of them get. */
async function apply(target: Target, decoded: DecodedBody): Promise<ObjectAnswer> {
  const { machinery, request, endpoint } = target;
  const options = writeOptions(request, 'PatchOptions');
  if ((request.query.get('fieldManager') ?? '') === '') {
    throw refusedOptions(required('fieldManager', 'is required for apply patch'));
  }
  const applied = checkObject(machinery, request, kindOf(endpoint), endpoint.version, decoded, refuseUndeclared);
  takeNamespace(target, applied);
  takeName(target, applied);
  const merge = (live: KubeObject | undefined) => merged(target, live, applied, options);
  return writeUpdate(target, options, {
    optionsKind: 'PatchOptions',
    create: target.subresource === '' ? () => merge(undefined) : undefined,
    next: (current) => merge(current),
    manage: () => undefined,
    checkPrecondition: (current) => checkPatchedVersion(target, current, applied),
  });
}

/** Nobody can own a field that the schema lacks: whatever fieldValidation says, such an object is not applied. */
function refuseUndeclared({ kind, version }: GroupVersionKind, unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  const complaints = unknown.map((path) => `.${path}: field not declared in schema`).join(', ');
  throw new StatusError(500, '', `failed to create typed patch object (${version}, Kind=${kind}): ${complaints}`);
}

async function merged(
  target: Target,
  live: KubeObject | undefined,
  applied: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const object = await mergeApplied(target, live, cloneJson(applied), options);
  if (live === undefined) delete object.metadata.resourceVersion;
  return object;
}
