import { writeFileSync } from 'node:fs';
import type { Digest } from '#base';
import { transaction } from '#state';
import type { Lease } from '../../content/mod.ts';
import type { Image, ImageConfig } from '../../contract.ts';
import { topChainId } from '../../layout/layers.ts';
import { formatPlatform, platformOf } from '../../platform.ts';
import { formatReference, type Reference, repositoryOf } from '../../reference.ts';
import { existing, type ImageStore } from '../../store.ts';
import type { UnfinishedPulls } from '../transfer/unfinished-pulls.ts';
import type { ChosenManifest } from './choose.ts';

export interface PulledImage {
  reference: Reference;
  chosen: ChosenManifest;
  configBlob: Buffer;
  config: ImageConfig;
}

/** Makes a pulled image visible with its tag and digest, in one transaction. `isNew` where the name stood for something else. */
export function registerPulled(
  store: ImageStore,
  unfinished: UnfinishedPulls,
  pulled: PulledImage,
  lease: Lease,
): { image: Image; isNew: boolean } {
  const { reference, chosen, configBlob, config } = pulled;
  const { top, fetched, manifest } = chosen;
  putDocument(store, lease, manifest.config.digest, configBlob);
  for (const { digest, bytes } of [fetched, top]) putDocument(store, lease, digest, bytes);
  const id = manifest.config.digest;
  const repository = repositoryOf(reference);
  const name = reference.tag === undefined || reference.digest !== undefined ? undefined : formatReference(reference);
  const before = name === undefined ? store.names.findDigest(repository, top.digest) : store.names.find(name);
  const blobs = [id, fetched.digest, top.digest, ...manifest.layers.map(({ digest }) => digest)];
  store.layers.chain(topChainId(config.rootfs.diff_ids));
  transaction(store.database, () => {
    store.images.insert({ id, config, configText: configBlob.toString('utf8'), manifestDigest: fetched.digest, blobs });
    store.names.addDigest(repository, top.digest, id);
    unfinished.end(fetched.digest);
    if (name !== undefined) store.names.set(name, [...siblings(store, name, repository, top.digest, config), id]);
  });
  return { image: existing(store, id), isNew: !before.some((named) => named.id === id) };
}

/** Images of other platforms that the name stands for already keep it, as long as they come from the same index. */
function siblings(store: ImageStore, name: string, repository: string, index: Digest, config: ImageConfig): Digest[] {
  const own = formatPlatform(platformOf(config));
  const ofIndex = new Set(store.names.findDigest(repository, index).map(({ id }) => id));
  const named = store.names
    .find(name)
    .filter(({ id, platform }) => ofIndex.has(id) && formatPlatform(platform) !== own);
  return named.map(({ id }) => id);
}

/** Stores a verified document under the digest by which others refer to it, which need not be a sha256. */
function putDocument({ content }: ImageStore, lease: Lease, digest: Digest, bytes: Buffer): void {
  lease.hold(digest);
  if (content.has(digest)) return;
  const path = content.temporaryPath();
  writeFileSync(path, bytes, { mode: 0o600, flush: true });
  content.adopt(path, digest);
}
