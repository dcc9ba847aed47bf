import { rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Digest, HakoError, shortId } from '#base';
import { transaction } from '#state';
import type { Lease } from '../content/mod.ts';
import type { Image, ImageProgress } from '../contract.ts';
import { formatPlatform, parsePlatform, platformOf, satisfies } from '../platform.ts';
import { familiarName } from '../reference.ts';
import { type CompleteImage, existing, type ImageStore, manifestFor, registerImage } from '../store.ts';
import { unpackChain } from '../unpack/chain.ts';
import type { StoredLayer } from '../unpack/layers.ts';
import { ImageArchive } from './archive.ts';
import { readDockerArchive } from './docker-archive.ts';
import type { FoundImage } from './found-image.ts';
import { readOciLayout } from './oci-layout.ts';

export interface LoadOptions {
  /** Only the images of this platform. */
  platform?: string;
  onProgress?: (progress: ImageProgress) => void;
  signal?: AbortSignal;
}

/** Reads the images of a docker-archive or OCI layout. An archive that is both is read as OCI: that has the manifests. */
export async function loadImages(
  store: ImageStore,
  tar: Readable,
  options: LoadOptions,
): Promise<{ image: Image; reference?: string }[]> {
  const dir = store.content.temporaryPath();
  using lease = store.content.lease();
  try {
    const archive = await ImageArchive.extract(tar, dir, store.limits, options.signal);
    const found = readOciLayout(archive, (digest) => store.blobs.has(digest)) ?? readDockerArchive(archive);
    if (found === undefined) throw notAnImage();
    const wanted = ofPlatform(found, options.platform);
    const ids: { id: Digest; names: string[] }[] = [];
    for (const image of wanted)
      ids.push({ id: await storeImage(store, archive, image, lease, options), names: image.names });
    nameImages(store, ids);
    return ids.flatMap(({ id, names }) => results(existing(store, id), names));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function notAnImage(): HakoError {
  const hint = 'for a root file system use import';
  return new HakoError(
    'invalid',
    `the archive holds no image: it has neither manifest.json nor index.json with oci-layout (${hint})`,
  );
}

function ofPlatform(found: readonly FoundImage[], platform = ''): readonly FoundImage[] {
  if (platform === '') return found;
  const wanted = parsePlatform(platform);
  const matching = found.filter(({ config }) => satisfies(platformOf(config), wanted));
  if (matching.length > 0) return matching;
  const offered = [...new Set(found.map(({ config }) => formatPlatform(platformOf(config))))].join(', ');
  throw new HakoError('not_found', `the archive has nothing for ${formatPlatform(wanted)}: it has ${offered}`);
}

/** A name may stand for several platforms' images, so names are given when all are there. */
function nameImages(store: ImageStore, images: readonly { id: Digest; names: string[] }[]): void {
  const byName = new Map<string, Digest[]>();
  for (const { id, names } of images) for (const name of names) byName.set(name, [...(byName.get(name) ?? []), id]);
  transaction(store.database, () => {
    for (const [name, ids] of byName) store.names.set(name, ids);
  });
}

function results(image: Image, names: readonly string[]): { image: Image; reference?: string }[] {
  return names.length === 0 ? [{ image }] : names.map((name) => ({ image, reference: familiarName(name) }));
}

async function storeImage(
  store: ImageStore,
  archive: ImageArchive,
  found: FoundImage,
  lease: Lease,
  options: LoadOptions,
): Promise<Digest> {
  const diffIds = found.config.rootfs.diff_ids;
  if (diffIds.length !== found.layers.length) {
    throw new HakoError(
      'invalid',
      `the image has ${found.layers.length} layers, but its configuration lists ${diffIds.length}`,
    );
  }
  const layers = found.layers.map(({ digest }, index) => ({ blob: digest, diffId: diffIds[index] ?? digest }));
  for (const layer of found.layers) await adoptBlob(store, archive, layer, lease, options.signal);
  const onStart = (index: number) => {
    const diffId = layers[index]?.diffId ?? '';
    options.onProgress?.({ id: shortId(diffId.slice('sha256:'.length)), status: 'Loading layer' });
  };
  const { signal } = options;
  const stored = await unpackChain(store.unpacker, layers, lease, { onStart, ...(signal ? { signal } : {}) });
  const blobs = stored.map(({ blob }) => blob);
  return registerImage(store, documents(archive, found, blobs), [], lease).id;
}

async function adoptBlob(
  { content, blobs }: ImageStore,
  archive: ImageArchive,
  { digest, file }: FoundImage['layers'][number],
  lease: Lease,
  signal: AbortSignal | undefined,
): Promise<void> {
  lease.hold(digest);
  // The worker hashed the file and synced it; a layer that comes twice was adopted at the first time.
  if (file === undefined) await blobs.restore(digest, lease, signal);
  else if (!content.has(digest)) await content.adoptLater(archive.pathOf(file), digest);
}

function documents(archive: ImageArchive, found: FoundImage, blobs: readonly StoredLayer['blob'][]): CompleteImage {
  const { config, configFile, manifest } = found;
  const configBlob = archive.read(configFile);
  const indexBlobs = found.indexes.map((file) => archive.read(file));
  if (manifest !== undefined)
    return { config, configBlob, manifest: manifest.document, manifestBlob: manifest.blob, indexBlobs };
  const made = manifestFor(configBlob, configFile.digest as Digest, blobs);
  return { config, configBlob, manifest: made, manifestBlob: Buffer.from(JSON.stringify(made)) };
}
