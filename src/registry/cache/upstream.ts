/** The registry that a cache stands before. Repository names are ours; the adapter knows what they are called there. */
import type { Digest } from '#base';
import type { Page, ReferrerDescriptor, StoredManifest } from '../contract.ts';

/** The bytes of a blob from `offsetBytes` on. Whoever reads them verifies the digest. */
export interface IncomingBlob extends Disposable {
  /** Where the first byte belongs: 0 where the upstream sends all of it anyway. */
  offsetBytes: number;
  /** Of the whole blob; undefined where the upstream does not say. */
  sizeBytes: number | undefined;
  /** May break off with an `UpstreamBroken`. */
  body: AsyncIterable<Buffer>;
}

/**
 * Undefined answers say that the upstream was asked and has no such thing. Errors: `UpstreamAway` where it could not be asked, a
 * `RegistryError` where it refuses us.
 */
export interface Upstream extends AsyncDisposable {
  /** Its host, for messages. */
  readonly name: string;
  /** True for repositories that are to be looked for there. */
  covers(repository: string): boolean;
  /** What a tag stands for now; 'unsaid' where that takes the manifest itself. */
  resolve(repository: string, tag: string): Promise<Digest | 'unsaid' | undefined>;
  /** By tag or digest; the bytes have that digest. */
  manifest(repository: string, reference: string): Promise<StoredManifest | undefined>;
  blobSize(repository: string, digest: Digest): Promise<number | undefined>;
  openBlob(
    repository: string,
    digest: Digest,
    offsetBytes: number,
    signal: AbortSignal,
  ): Promise<IncomingBlob | undefined>;
  tags(repository: string, page: Page): Promise<string[] | undefined>;
  referrers(repository: string, subject: Digest, artifactType: string | undefined): Promise<ReferrerDescriptor[]>;
}

/** The upstream cannot be asked now: what is cached must do. */
export class UpstreamAway extends Error {
  override readonly name = 'UpstreamAway';
}

/** A transfer broke off; it may go on where it was. */
export class UpstreamBroken extends Error {
  override readonly name = 'UpstreamBroken';
}
