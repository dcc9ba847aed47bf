/** Places that images are copied between. Digests stay what they are on the way: documents travel as bytes. */
import type { Readable } from 'node:stream';
import type { Digest } from '#base';
import type { Descriptor } from '../../unpack/spec.ts';
import type { FetchedManifest } from '../registry/manifests.ts';
import type { Referrer } from '../registry/referrers.ts';

export interface CopySource extends AsyncDisposable {
  /** The manifest or index that the place names. Throws `not_found`. */
  top(): Promise<FetchedManifest>;
  /** A manifest that another one describes. */
  manifest(descriptor: Descriptor): Promise<FetchedManifest>;
  /** The bytes of a blob; `end` is the last one's position. Whoever writes them verifies the digest. */
  open(blob: Descriptor, range: { start: number; end: number }): Readable;
  /** What refers to a manifest there. */
  referrers(digest: Digest): Promise<Referrer[]>;
  /** What a tag beside the image stands for; undefined where there is none. */
  tagged(tag: string): Promise<FetchedManifest | undefined>;
  /** The name that the image has there, if any. */
  readonly name: string | undefined;
  /** The repository, where blobs may be mounted from. */
  readonly repository?: { domain: string; path: string };
}

export interface CopyTarget extends AsyncDisposable {
  /** Makes a blob be there; answers what had to be done for it. Throws `invalid` where the bytes are not what they should be. */
  putBlob(blob: Descriptor, source: CopySource, onBytes: (bytes: number) => void): Promise<'exists' | 'copied'>;
  /** Everything that it refers to is there already. */
  putManifest(manifest: FetchedManifest): Promise<void>;
  /** As `putManifest`, so that it is found by its subject when the copy has finished. */
  putReferrer(manifest: FetchedManifest, subject: Digest): Promise<void>;
  /** As `putManifest`, under a tag of its own. */
  putTagged(tag: string, manifest: FetchedManifest): Promise<void>;
  /** Gives the name to what was put last, and makes it visible. */
  finish(top: FetchedManifest, sourceName: string | undefined): Promise<void>;
}
