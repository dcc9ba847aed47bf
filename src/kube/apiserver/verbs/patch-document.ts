import { badRequest, type KubeObject, type Schema, type SchemaResolver, unsupportedMediaType } from '#kube/api';
import { jsonPatch, mergePatch, strategicMerge } from '#kube/patch';
import type { ApiRequest, RequestBody } from '../request.ts';
import { type DecodedBody, decodeBody, mediaType } from './body.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
/** The media type of server-side apply. */
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** What a patch is interpreted by. */
export interface PatchSchemas {
  readonly schema: Schema;
  readonly resolve: SchemaResolver;
  /** A CRD's objects have no merge keys: no strategic merge patch. */
  readonly custom: boolean;
}

/** Makes the patched object of the present one and the patch. The result may share parts with both. */
export type Patcher = (current: KubeObject, patch: unknown) => unknown;

/** The patcher of a media type; a 415 where there is none. */
export function patcherOf(type: string, { schema, resolve, custom }: PatchSchemas): Patcher {
  if (type === JSON_PATCH) return jsonPatch;
  if (type === MERGE_PATCH) return mergePatch;
  if (type === STRATEGIC_PATCH && !custom) return (current, value) => strategicMerge(current, value, schema, resolve);
  throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, ...(custom ? [] : [STRATEGIC_PATCH]), APPLY_PATCH]);
}

/** Reads the body of a patch that isn't an apply: JSON, whatever its media type is called. */
export function decodePatch(body: RequestBody): Promise<DecodedBody> {
  return decodeBody('object' in body ? body : { ...body, contentType: 'application/json' });
}

/** A function that patches documents which aren't stored as such (Scale); apply is taken as a merge. */
export async function patchDocument(
  { body }: ApiRequest,
  schemas: PatchSchemas,
): Promise<(current: KubeObject) => unknown> {
  if (body === undefined) throw badRequest('a patch needs a body');
  const type = mediaType(body.contentType);
  const { value } = type === APPLY_PATCH ? await decodeBody(body) : await decodePatch(body);
  const patcher = patcherOf(type === APPLY_PATCH ? MERGE_PATCH : type, schemas);
  return (current) => patcher(current, value);
}
