/** Copies an image from one place to another, without a daemon. */
import { type Digest, digestHex, HakoError, isHakoError, shortId } from '#base';
import type { ImageProgress } from '../../contract.ts';
import { formatPlatform } from '../../platform.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import type { CredentialsFor } from '../auth/credentials.ts';
import { cannotWrite } from '../cannot-write.ts';
import { RemoteContext, type RemoteSettings } from '../context.ts';
import { parseFetched } from '../pull/choose.ts';
import type { FetchedManifest } from '../registry/manifests.ts';
import { Slots } from '../transfer/slots.ts';
import { chooseTop } from './choose-top.ts';
import type { CopySource, CopyTarget } from './contract.ts';
import { openSource, openTarget } from './open.ts';
import { type Place, parsePlace } from './place.ts';

export interface CopyOptions {
  /** Only this platform; by default all of them, or where the target holds one image the host's. */
  platform?: string;
  credentialsFor: CredentialsFor;
  settings?: RemoteSettings;
  /** Take along what refers to the image: signatures and SBOMs, also those that cosign keeps under tags. */
  referrers?: boolean;
  /** Leave out what the source does not have of an index. The index itself stays as it is. */
  sparse?: boolean;
  onProgress?: (progress: ImageProgress) => void;
  signal?: AbortSignal;
}

const MAX_MANIFESTS = 1000;
const MAX_DEPTH = 4;
const PARALLEL_BLOBS = 3;
/** Signatures, attestations and SBOMs as cosign tags them, beside an image. */
const COSIGN_SUFFIXES = ['sig', 'att', 'sbom'];

/** Answers the digest under which the image is there now: that of the source, unless one platform was chosen. */
export async function copyImage(from: string, to: string, options: CopyOptions): Promise<Digest> {
  const place = parsePlace(to);
  try {
    return await copyTo(place, from, options);
  } catch (error) {
    throw 'path' in place ? cannotWrite(error, place.path) : error;
  }
}

async function copyTo(place: Place, from: string, options: CopyOptions): Promise<Digest> {
  const context = new RemoteContext(options.settings);
  const remote = {
    context,
    credentialsFor: options.credentialsFor,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  await using source = await openSource(parsePlace(from), remote);
  const isForOne = place.kind === 'archive' && place.dialect === 'docker';
  const top = await chooseTop(source, options.platform, isForOne);
  await using target = openTarget(place, remote);
  const copier = new Copier(source, target, options);
  await copier.children(top, 0);
  // Before the image is seen, so that it is never there without its signatures.
  if (options.referrers) await copier.referrers(top.digest);
  await target.finish(top, source.name);
  options.onProgress?.({ status: `Copied ${top.digest}` });
  return top.digest;
}

/** Copies what manifests refer to, deepest first, so that nothing is ever named that is not there. */
class Copier {
  readonly #source: CopySource;
  readonly #target: CopyTarget;
  readonly #onProgress: (progress: ImageProgress) => void;
  readonly #sparse: boolean;
  readonly #digests = new Set<Digest>();
  readonly #slots = new Slots(PARALLEL_BLOBS);
  readonly #blobs = new Map<Digest, Promise<void>>();
  #manifests = 0;

  constructor(source: CopySource, target: CopyTarget, { onProgress, sparse }: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#onProgress = onProgress ?? (() => undefined);
    this.#sparse = sparse === true;
  }

  async children(manifest: FetchedManifest, depth: number): Promise<void> {
    if (++this.#manifests > MAX_MANIFESTS || depth > MAX_DEPTH)
      throw new HakoError('invalid', 'the image index is too large or too deep');
    const document = parseFetched(manifest, `manifest ${manifest.digest}`);
    if ('manifest' in document) return this.#copyBlobs([document.manifest.config, ...document.manifest.layers]);
    for (const entry of document.index.manifests) {
      const child = await this.#child(entry);
      if (child === undefined) continue;
      await this.children(child, depth + 1);
      await this.#target.putManifest(child);
      this.#digests.add(child.digest);
    }
  }

  async #child(entry: Descriptor): Promise<FetchedManifest | undefined> {
    try {
      return await this.#source.manifest(entry);
    } catch (error) {
      if (!isHakoError(error, 'not_found')) throw error;
      const platform = entry.platform === undefined ? 'manifest' : formatPlatform(entry.platform);
      if (!this.#sparse) {
        const choice = 'copy what is there with --sparse, or one platform with --platform';
        throw new HakoError('not_found', `the source lacks ${platform} (${entry.digest}) of its index: ${choice}`);
      }
      this.#onProgress({ id: shortId(digestHex(entry.digest)), status: `Left out: the source lacks ${platform}` });
      return undefined;
    }
  }

  /** Copies what refers to the image and to each of its platforms, and what refers to that. */
  async referrers(top: Digest): Promise<void> {
    const seen = new Set<Digest>([top, ...this.#digests]);
    // What is found is looked at as well: a set grows while it is gone through.
    for (const subject of seen) {
      for (const referrer of await this.#source.referrers(subject)) {
        if (seen.has(referrer.digest)) continue;
        seen.add(referrer.digest);
        const manifest = await this.#source.manifest(referrer);
        await this.children(manifest, 0);
        await this.#target.putReferrer(manifest, subject);
        this.#onProgress({ status: `Copied ${referrer.artifactType ?? 'referrer'} ${referrer.digest}` });
      }
      await this.#besides(subject);
    }
  }

  async #besides(subject: Digest): Promise<void> {
    for (const suffix of COSIGN_SUFFIXES) {
      const tag = `${subject.replace(':', '-')}.${suffix}`;
      const manifest = await this.#source.tagged(tag);
      if (manifest === undefined) continue;
      await this.children(manifest, 0);
      await this.#target.putTagged(tag, manifest);
      this.#onProgress({ status: `Copied ${tag}` });
    }
  }

  async #copyBlobs(blobs: readonly Descriptor[]): Promise<void> {
    const work = blobs.map((blob) => {
      const copied = this.#blobs.get(blob.digest) ?? this.#slots.run(undefined, () => this.#copyBlob(blob));
      this.#blobs.set(blob.digest, copied);
      return copied;
    });
    const results = await Promise.allSettled(work);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #copyBlob(blob: Descriptor): Promise<void> {
    const id = shortId(digestHex(blob.digest));
    const onBytes = (bytes: number) =>
      this.#onProgress({ id, status: 'Copying', currentBytes: bytes, totalBytes: blob.size });
    const done = await this.#target.putBlob(blob, this.#source, onBytes);
    this.#onProgress({ id, status: done === 'exists' ? 'Already exists' : 'Copied' });
  }
}
