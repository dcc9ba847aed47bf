/** The documents of the OCI image spec, and checked ways in. */
import { type Digest, HakoError, isDigest } from '#base';
import type { ImageConfig } from '../contract.ts';
import { isIndex, isManifest } from './media-types.ts';

/** A content descriptor (image-spec descriptor.md). */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  annotations?: Record<string, string>;
  platform?: { os: string; architecture: string; variant?: string };
}

/** An image manifest (image-spec manifest.md). */
export interface Manifest {
  schemaVersion: 2;
  mediaType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
}

/** An image index (image-spec image-index.md). */
export interface Index {
  schemaVersion: 2;
  mediaType?: string;
  manifests: Descriptor[];
}

/** The largest manifest or configuration that is read: what registries take. */
export const MAX_DOCUMENT_BYTES = 4 * 2 ** 20;

/** Objects and lists in a document: parsed, each takes many times its two characters. Images have some hundred. */
const MAX_DOCUMENT_PARTS = 100_000;

function invalid(what: string): HakoError {
  return new HakoError('invalid', `the image is malformed: ${what}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How many objects and lists begin here, at most: brackets in texts count too. */
function partsOf(bytes: Buffer): number {
  let parts = 0;
  for (const byte of bytes) if (byte === 0x7b || byte === 0x5b) parts++;
  return parts;
}

/** Parses JSON that should be an object. */
export function parseObject(bytes: Buffer, what: string): Record<string, unknown> {
  if (bytes.length > MAX_DOCUMENT_BYTES) throw invalid(`${what} has ${bytes.length} bytes, at most 4 MiB are read`);
  if (partsOf(bytes) > MAX_DOCUMENT_PARTS) throw invalid(`${what} has more than ${MAX_DOCUMENT_PARTS} parts`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new HakoError('invalid', `the image is malformed: ${what} is not JSON`, { cause });
  }
  if (!isRecord(value)) throw invalid(`${what} is not an object`);
  return value;
}

function parseDescriptor(value: unknown, what: string): Descriptor {
  if (!isRecord(value)) throw invalid(`${what} is not a descriptor`);
  const { mediaType, digest, size, platform, annotations } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${what} has no valid digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalid(`${what} has no valid size`);
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    digest,
    size,
    ...(isRecord(annotations) ? { annotations: stringsOf(annotations) } : {}),
    ...(isRecord(platform) ? { platform: parsePlatformField(platform) } : {}),
  };
}

function parsePlatformField(platform: Record<string, unknown>) {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const variant = text(platform.variant);
  return { os: text(platform.os), architecture: text(platform.architecture), ...(variant === '' ? {} : { variant }) };
}

function stringsOf(record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

/** A document that is either an index or a manifest: some writers leave the media type out, so the content decides. */
export function parseManifestOrIndex(bytes: Buffer, what: string): { index: Index } | { manifest: Manifest } {
  const value = parseObject(bytes, what);
  const mediaType = typeof value.mediaType === 'string' ? value.mediaType : '';
  if (value.schemaVersion !== 2)
    throw invalid(`${what} has the schema version ${String(value.schemaVersion)}, only 2 is read`);
  if (Array.isArray(value.manifests) && (mediaType === '' || isIndex(mediaType))) {
    return { index: { schemaVersion: 2, manifests: value.manifests.map((entry) => parseDescriptor(entry, what)) } };
  }
  if (Array.isArray(value.layers) && (mediaType === '' || isManifest(mediaType))) {
    const layers = value.layers.map((entry) => parseDescriptor(entry, what));
    return { manifest: { schemaVersion: 2, config: parseDescriptor(value.config, what), layers } };
  }
  throw new HakoError(
    'unsupported',
    `${what} is neither an image manifest nor an image index (${mediaType || 'no media type'})`,
  );
}

/** Parses an image configuration; what we do not know stays in the blob. */
export function parseConfig(bytes: Buffer): ImageConfig {
  const value = parseObject(bytes, 'the configuration');
  const rootfs = isRecord(value.rootfs) ? value.rootfs : {};
  const diffIds = Array.isArray(rootfs.diff_ids) ? rootfs.diff_ids : [];
  if (!diffIds.every((id): id is Digest => typeof id === 'string' && isDigest(id)))
    throw invalid('the configuration has a malformed diff_id');
  if (value.config !== undefined && value.config !== null && !isRecord(value.config))
    throw invalid('its config is not an object');
  const config = value as unknown as ImageConfig;
  return {
    ...config,
    os: typeof value.os === 'string' ? value.os : 'linux',
    architecture: typeof value.architecture === 'string' ? value.architecture : '',
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
}
