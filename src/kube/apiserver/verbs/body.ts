import {
  badRequest,
  type GroupVersionKind,
  groupVersion,
  invalidObject,
  type KubeObject,
  notSupported,
  type ResourceVersion,
  unsupportedMediaType,
} from '#kube/api';
import {
  asInText,
  type ComplaintOrder,
  conform,
  DUPLICATES_FIRST,
  decodeJson,
  decodeYaml,
  fieldComplaints,
  strictDecodingError,
} from '#kube/codec';
import type { ApiRequest, RequestBody } from '../request.ts';
import type { Machinery } from './machinery.ts';

/** Media types that bodies may have. */
const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** A body that was read, before its fields were checked. */
export interface DecodedBody {
  readonly value: unknown;
  /** `spec.replicas`, for each key that stood twice. */
  readonly duplicates: readonly string[];
}

/** What the object in a body is checked by: a resource's version has it. */
export type KindOfBody = Pick<ResourceVersion, 'schema' | 'conform'>;

/** Reads a body by its content type; a 400 or 415 that says what is wrong with it. */
export async function decodeBody(body: RequestBody | undefined): Promise<DecodedBody> {
  if (body === undefined) throw badRequest('the request needs a body');
  if ('object' in body) return { value: body.object, duplicates: [] };
  switch (mediaType(body.contentType)) {
    case '':
    case 'application/json':
      return decodeJson(body.bytes.toString('utf8'));
    case 'application/yaml':
    case 'application/apply-patch+yaml':
      return decodeYaml(body.bytes.toString('utf8'));
    case 'application/vnd.kubernetes.protobuf':
      return decodeProtobufBody(body.bytes);
    default:
      throw unsupportedMediaType(ACCEPTED);
  }
}

async function decodeProtobufBody(bytes: Buffer): Promise<DecodedBody> {
  const { decodeProtobuf } = await import('#kube/codec/protobuf');
  const { apiVersion, kind, object } = decodeProtobuf(bytes);
  return { value: { apiVersion, kind, ...(object as object) }, duplicates: [] };
}

/** `application/json` of `application/json; charset=utf-8`. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Reads an object of the kind that the endpoint wants; fields are checked as `fieldValidation` says. */
export async function readObject(
  machinery: Machinery,
  request: ApiRequest,
  gvk: GroupVersionKind,
  kind: KindOfBody,
): Promise<KubeObject> {
  const decoded = await decodeBody(request.body);
  return checkObject(machinery, request, gvk, kind, decoded);
}

/** The object in a decoded body: its kind must be the endpoint's, its fields are what the schema knows; `refuse` may throw for others. */
export function checkObject(
  machinery: Machinery,
  request: ApiRequest,
  gvk: GroupVersionKind,
  kind: KindOfBody,
  { value, duplicates }: DecodedBody,
  refuse?: (gvk: GroupVersionKind, unknown: readonly string[]) => void,
): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(`the body of the request must be an object of kind ${gvk.kind}`);
  }
  const object = value as KubeObject;
  checkKind(object, gvk);
  const { unknown } = conformBody(machinery, object, kind);
  refuse?.(gvk, unknown);
  reportFields(request, gvk, unknown, duplicates, complaintOrder(request, kind, unknown, duplicates));
  if (typeof object.metadata !== 'object' || object.metadata === null) object.metadata = {};
  return object;
}

/**
 * Makes an object what the kind's schema says, or what a CRD's version makes of it; answers the fields that were unknown. Of a built-in
 * kind, what it shares with `current`, a stored object, is known to be right.
 */
export function conformBody(
  machinery: Machinery,
  object: KubeObject,
  kind: KindOfBody,
  current?: KubeObject,
): { unknown: string[] } {
  return kind.conform?.(object) ?? conform(object, kind.schema(), machinery.resolveSchema, current);
}

/** A body without kind and apiVersion is taken for the endpoint's. */
function checkKind(object: KubeObject, gvk: GroupVersionKind): void {
  const apiVersion = groupVersion(gvk);
  object.apiVersion ||= apiVersion;
  object.kind ||= gvk.kind;
  if (object.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${String(object.apiVersion)}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (object.kind !== gvk.kind) {
    throw badRequest(`the kind in the data (${String(object.kind)}) does not match the expected kind (${gvk.kind})`);
  }
}

/** How complaints of both kinds are ordered: only the JSON of built-in kinds is decoded in one go. */
function complaintOrder(
  { body }: ApiRequest,
  kind: KindOfBody,
  unknown: readonly string[],
  duplicates: readonly string[],
): ComplaintOrder {
  if (unknown.length === 0 || duplicates.length === 0 || kind.conform !== undefined) return DUPLICATES_FIRST;
  if (body === undefined || 'object' in body || !JSON_TYPES.has(mediaType(body.contentType))) return DUPLICATES_FIRST;
  return asInText(body.bytes.toString('utf8'), unknown, duplicates);
}

const JSON_TYPES: ReadonlySet<string> = new Set(['', 'application/json']);

/** Unknown and duplicate fields: an error, a warning or nothing, as the client asked. */
export function reportFields(
  request: ApiRequest,
  gvk: GroupVersionKind,
  unknown: readonly string[],
  duplicates: readonly string[],
  order: ComplaintOrder = DUPLICATES_FIRST,
): void {
  const mode = fieldValidation(request);
  if (mode === 'Ignore' || unknown.length + duplicates.length === 0) return;
  if (mode === 'Warn') {
    for (const complaint of fieldComplaints(unknown, duplicates, order)) request.warn(complaint);
    return;
  }
  const wrong = strictDecodingError(unknown, duplicates, order);
  throw badRequest(`${gvk.kind} in version "${gvk.version}" cannot be handled as a ${gvk.kind}: ${wrong}`);
}

const OPTIONS: Readonly<Record<string, string>> = { update: 'UpdateOptions', patch: 'PatchOptions' };

function fieldValidation({ query, info }: ApiRequest): 'Ignore' | 'Warn' | 'Strict' {
  const mode = query.get('fieldValidation') ?? '';
  if (mode === '') return 'Warn';
  if (mode === 'Ignore' || mode === 'Warn' || mode === 'Strict') return mode;
  throw invalidObject({ group: 'meta.k8s.io', kind: OPTIONS[info.verb] ?? 'CreateOptions' }, '', [
    notSupported('fieldValidation', mode, ['', 'Ignore', 'Strict', 'Warn']),
  ]);
}
