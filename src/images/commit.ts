import { rmSync } from 'node:fs';
import { type Digest, sha256 } from '#base';
import { callWorker } from '#system/rootfs';
import type { Lease } from './content/mod.ts';
import type { CommitOptions, Image, ImageConfig } from './contract.ts';
import { completed } from './import.ts';
import { topChainId } from './layout/layers.ts';
import { normalizeTag } from './reference.ts';
import { existing, type ImageStore, registerImage } from './store.ts';
import type { StoredLayer } from './unpack/layers.ts';
import { readManifest } from './unpack/materialize.ts';

/** The diff id of a tar without entries: such a layer is left out, as Docker does. */
const EMPTY_DIFF_ID = sha256(Buffer.alloc(1024));

/** A new image from a container's writable layer on its base image. */
export async function commit(store: ImageStore, key: string, base: Image, options: CommitOptions): Promise<Image> {
  const names = options.reference === undefined || options.reference === '' ? [] : [normalizeTag(options.reference)];
  using lease = store.content.lease();
  const parent = topChainId(base.config.rootfs.diff_ids);
  if (parent !== undefined) lease.hold(parent);
  const diff = await storeDiff(store, key, lease);
  const isEmpty = diff.diffId === EMPTY_DIFF_ID;
  const layer = isEmpty ? undefined : await store.unpacker.fromBlob(diff.digest, diff.diffId, parent, lease);
  const config = committedConfig(base, options, layer?.diffId);
  const blobs = [...baseBlobs(store, base), ...(layer === undefined ? [] : [layer.blob])];
  const image = registerImage(store, { ...completed(config, blobs), parent: base.id }, names, lease);
  return existing(store, image.id);
}

/** The writable layer as a blob. The container may write on meanwhile; whoever wants a still picture pauses it first. */
async function storeDiff(store: ImageStore, key: string, lease: Lease): Promise<{ digest: Digest; diffId: Digest }> {
  const { upperDir } = store.snapshots.paths(key);
  const mapping = store.snapshots.mappingOf(key);
  const blobPath = store.content.temporaryPath();
  try {
    const parameters = { blobPath, ...(mapping === undefined ? {} : { mapping }) };
    const facts = await callWorker('packLayer', { kind: 'directory', dir: upperDir }, parameters);
    const digest = facts.blobDigest as Digest;
    lease.hold(digest);
    store.content.adopt(blobPath, digest);
    return { digest, diffId: facts.diffId as Digest };
  } finally {
    rmSync(blobPath, { force: true });
  }
}

function committedConfig(base: Image, options: CommitOptions, diffId: Digest | undefined): ImageConfig {
  const created = new Date().toISOString();
  const { author: _author, ...rest } = base.config;
  const author = options.author ?? '';
  const diffIds = base.config.rootfs.diff_ids;
  return {
    ...rest,
    created,
    ...(author === '' ? {} : { author }),
    config: options.config,
    rootfs: { type: 'layers', diff_ids: diffId === undefined ? diffIds : [...diffIds, diffId] },
    history: [
      ...(base.config.history ?? []),
      {
        created,
        created_by: (options.config.Cmd ?? []).join(' '),
        ...(author === '' ? {} : { author }),
        ...(options.comment ? { comment: options.comment } : {}),
        ...(diffId === undefined ? { empty_layer: true } : {}),
      },
    ],
  };
}

/** The layer blobs of the base image, as its manifest names them. */
function baseBlobs(store: ImageStore, base: Image): StoredLayer['blob'][] {
  const manifestDigest = store.images.manifestOf(base.id);
  const layers = manifestDigest === undefined ? [] : readManifest(store, manifestDigest).layers;
  return layers.map(({ digest }) => store.blobs.factsOf(digest));
}
