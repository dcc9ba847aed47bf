import { type Digest, isDigest } from '#base';
import type { NewManifest, StoredManifest } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import { checkShape } from './depth.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  INDEX_TYPES,
  isNonDistributable,
  MANIFEST_TYPES,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';

/** What the distribution spec wants registries to take at least ("Pushing Manifests"), and what ours takes at most. */
export const MAX_MANIFEST_BYTES = 4 * 2 ** 20;

type Json = Record<string, unknown>;

interface Descriptor {
  mediaType: string;
  digest: Digest;
  sizeBytes: number;
  hasUrls: boolean;
}

function invalid(why: string): RegistryError {
  return new RegistryError('MANIFEST_INVALID', `the manifest is malformed: ${why}`);
}

/**
 * Checks a manifest or index, and finds what it names. `mediaType` is what the client says it is; the document must agree, so that all
 * clients read it alike (CVE-2021-41190). Throws MANIFEST_INVALID.
 */
export function parseManifest({ digest, mediaType, bytes }: StoredManifest): NewManifest {
  const document = parseObject(bytes);
  checkType(document, mediaType);
  const isIndex = INDEX_TYPES.has(mediaType);
  const annotations = stringsOf(document.annotations);
  const subject = document.subject === undefined ? undefined : descriptorOf(document.subject, 'subject').digest;
  const artifactType = artifactTypeOf(document, isIndex);
  return {
    digest,
    mediaType,
    bytes,
    blobs: isIndex ? [] : blobsOf(document),
    manifests: isIndex ? listOf(document, 'manifests') : [],
    ...(subject === undefined ? {} : { subject }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** The media type of a document that is known to be well-formed: its own, or what its parts show. */
export function mediaTypeOf(bytes: Buffer): string {
  const document = parseObject(bytes);
  if (typeof document.mediaType === 'string') return document.mediaType;
  return Array.isArray(document.manifests) ? OCI_INDEX : OCI_MANIFEST;
}

function parseObject(bytes: Buffer): Json {
  checkShape(bytes);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new RegistryError('MANIFEST_INVALID', 'the manifest is not JSON', { cause });
  }
  if (isObject(value)) return value;
  throw invalid('it is no object');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkType(document: Json, mediaType: string): void {
  if (!MANIFEST_TYPES.has(mediaType) && !INDEX_TYPES.has(mediaType)) {
    const known = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST].join(', ');
    throw new RegistryError('MANIFEST_INVALID', `manifests of type "${mediaType}" are not taken; these are: ${known}`);
  }
  if (document.schemaVersion !== 2) throw invalid('its schemaVersion is not 2');
  if (document.mediaType !== undefined && document.mediaType !== mediaType)
    throw invalid(`its mediaType is "${String(document.mediaType)}", the Content-Type is "${mediaType}"`);
  const hasManifestParts = ['layers', 'config', 'fsLayers'].some((key) => document[key] !== undefined);
  if (INDEX_TYPES.has(mediaType) ? hasManifestParts : document.manifests !== undefined)
    throw invalid('it has parts of a manifest and parts of an index');
}

function blobsOf(document: Json): Descriptor[] {
  const layers = listOf(document, 'layers').filter((layer) => !layer.hasUrls || !isNonDistributable(layer.mediaType));
  return [descriptorOf(document.config, 'config'), ...layers];
}

function listOf(document: Json, key: string): Descriptor[] {
  const list = document[key];
  if (!Array.isArray(list)) throw invalid(`it has no list of ${key}`);
  return list.map((entry, index) => descriptorOf(entry, `${key}[${index}]`));
}

function descriptorOf(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw invalid(`${where} is no descriptor`);
  const { mediaType, digest, size, urls } = value;
  if (typeof mediaType !== 'string') throw invalid(`${where} has no mediaType`);
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${where} has no valid digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalid(`${where} has no valid size`);
  return { mediaType, digest, sizeBytes: size, hasUrls: Array.isArray(urls) && urls.length > 0 };
}

/** Its own, or of an image manifest that of its config (distribution spec, "Listing Referrers"). */
function artifactTypeOf(document: Json, isIndex: boolean): string | undefined {
  if (typeof document.artifactType === 'string' && document.artifactType !== '') return document.artifactType;
  return isIndex || !isObject(document.config) ? undefined : String(document.config.mediaType);
}

function stringsOf(value: unknown): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid('its annotations are no object');
  const entries = Object.entries(value);
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    return Object.fromEntries(entries);
  throw invalid('an annotation is no text');
}
