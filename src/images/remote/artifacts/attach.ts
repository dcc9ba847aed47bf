import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, HakoError, ignoring } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { digestOf } from '../registry/manifests.ts';
import { putReferrer } from '../registry/referrers.ts';
import type { Repository } from '../registry/repository.ts';
import { type BlobSource, uploadBlob } from '../transfer/upload.ts';
import { noSessions } from '../transfer/upload-sessions.ts';
import { type ArtifactOptions, openSubject } from './subject.ts';

/** A file that becomes a layer of an artifact. */
export interface AttachedFile {
  path: string;
  /** By default any bytes: `application/octet-stream`. */
  mediaType?: string;
}

export interface AttachOptions extends ArtifactOptions {
  artifactType: string;
  annotations?: Readonly<Record<string, string>>;
}

/** What stands where an artifact has no configuration, and no layer (image-spec manifest.md, "Guidance for an Empty Descriptor"). */
const EMPTY = Buffer.from('{}');
const EMPTY_DESCRIPTOR: Descriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(EMPTY),
  size: EMPTY.length,
};
const TITLE = 'org.opencontainers.image.title';
/** RFC 6838, section 4.2, as the image spec wants it. */
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** Stores files as an artifact that refers to what `text` names; answers its digest. Throws `invalid`, `not_found`. */
export async function attachArtifact(
  text: string,
  files: readonly AttachedFile[],
  options: AttachOptions,
): Promise<Digest> {
  const { artifactType, annotations = {}, signal } = options;
  for (const type of [artifactType, ...files.flatMap(({ mediaType }) => mediaType ?? [])])
    if (!MEDIA_TYPE.test(type)) throw new HakoError('invalid', `"${type}" is not a media type: write type/subtype`);
  const layers: Descriptor[] = [];
  for (const file of files) layers.push(await describe(file));
  using subject = await openSubject(text, options);
  const { repository, descriptor } = subject;
  for (const [index, { path }] of files.entries())
    await upload(repository, layers[index] ?? EMPTY_DESCRIPTOR, (range) => createReadStream(path, range), signal);
  await upload(repository, EMPTY_DESCRIPTOR, () => Readable.from([EMPTY]), signal);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      artifactType,
      config: EMPTY_DESCRIPTOR,
      layers: layers.length === 0 ? [EMPTY_DESCRIPTOR] : layers,
      subject: descriptor,
      annotations: { 'org.opencontainers.image.created': new Date().toISOString(), ...annotations },
    }),
  );
  const manifest = { digest: digestOf(bytes), mediaType: MediaType.manifest, bytes };
  await putReferrer(repository, manifest, descriptor.digest, signal);
  return manifest.digest;
}

async function describe({ path, mediaType = 'application/octet-stream' }: AttachedFile): Promise<Descriptor> {
  const stat = ignoring('ENOENT', () => statSync(path));
  if (!stat?.isFile()) throw new HakoError('not_found', `${path} is no file`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const digest: Digest = `sha256:${hash.digest('hex')}`;
  return { mediaType, digest, size: stat.size, annotations: { [TITLE]: basename(path) } };
}

async function upload(
  repository: Repository,
  { digest, size }: Descriptor,
  open: BlobSource['open'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { mountFrom: [], sessions: noSessions, ...(signal ? { signal } : {}) };
  await uploadBlob(repository, { digest, size, open }, options);
}
