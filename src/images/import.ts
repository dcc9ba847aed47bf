import type { Readable } from 'node:stream';
import { sha256 } from '#base';
import { applyChanges } from './changes.ts';
import type { Image, ImageConfig, ImportOptions } from './contract.ts';
import { hostPlatform, parsePlatform } from './platform.ts';
import { normalizeTag } from './reference.ts';
import { type ImageStore, manifestFor, registerImage } from './store.ts';
import type { StoredLayer } from './unpack/layers.ts';

/** A root file system as a tar becomes an image of one layer. Names and changes are checked before the first byte is read. */
export async function importRootfs(store: ImageStore, tar: Readable, options: ImportOptions): Promise<Image> {
  const names = options.reference === undefined || options.reference === '' ? [] : [normalizeTag(options.reference)];
  const platform = options.platform ? parsePlatform(options.platform) : hostPlatform();
  const config = applyChanges({}, options.changes ?? []);
  using lease = store.content.lease();
  const layer = await store.unpacker.fromStream(tar, undefined, lease, options.signal);
  const created = new Date().toISOString();
  const imageConfig: ImageConfig = {
    created,
    ...platform,
    config,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, comment: options.message || 'Imported from -' }],
  };
  return registerImage(store, completed(imageConfig, [layer.blob]), names, lease);
}

/** The documents of an image that was made here. */
export function completed(config: ImageConfig, blobs: readonly StoredLayer['blob'][]) {
  const configBlob = Buffer.from(JSON.stringify(config));
  const manifest = manifestFor(configBlob, sha256(configBlob), blobs);
  return { config, configBlob, manifest, manifestBlob: Buffer.from(JSON.stringify(manifest)) };
}
