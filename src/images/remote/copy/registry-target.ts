import type { Digest } from '#base';
import type { Reference } from '../../reference.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { type FetchedManifest, putManifest } from '../registry/manifests.ts';
import { type Referrer, referrerOf } from '../registry/referrers.ts';
import { addToTagList } from '../registry/referrers-tag.ts';
import { type RemoteOptions, Repository } from '../registry/repository.ts';
import { Slots } from '../transfer/slots.ts';
import { uploadBlob } from '../transfer/upload.ts';
import type { UploadSessions } from '../transfer/upload-sessions.ts';
import type { CopySource, CopyTarget } from './contract.ts';

/** Each takes seconds, most of which it waits. */
const PARALLEL_LISTS = 20;

export class RegistryTarget implements CopyTarget {
  readonly #repository: Repository;
  readonly #reference: Reference;
  readonly #signal: AbortSignal | undefined;
  /** By subject: what a registry without a list of its own gets into the one by tag, all of a subject at once. */
  readonly #unlisted = new Map<Digest, Referrer[]>();

  constructor(reference: Reference, options: RemoteOptions, signal?: AbortSignal) {
    this.#reference = reference;
    this.#signal = signal;
    this.#repository = new Repository(reference, options);
  }

  async putBlob(blob: Descriptor, source: CopySource, onBytes: (bytes: number) => void): Promise<'exists' | 'copied'> {
    const from = source.repository;
    const mountFrom =
      from?.domain === this.#repository.domain && from.path !== this.#repository.path ? [from.path] : [];
    const bytes = { ...blob, open: (range: { start: number; end: number }) => source.open(blob, range) };
    const options = {
      mountFrom,
      sessions: new MemorySessions(),
      onBytes,
      ...(this.#signal ? { signal: this.#signal } : {}),
    };
    const { kind } = await uploadBlob(this.#repository, bytes, options);
    return kind === 'pushed' ? 'copied' : 'exists';
  }

  async putManifest(manifest: FetchedManifest): Promise<void> {
    await putManifest(this.#repository, manifest.digest, manifest, this.#signal);
  }

  async putReferrer(manifest: FetchedManifest, subject: Digest): Promise<void> {
    if (await putManifest(this.#repository, manifest.digest, manifest, this.#signal)) return;
    this.#unlisted.set(subject, [...(this.#unlisted.get(subject) ?? []), referrerOf(manifest)]);
  }

  async #listReferrers(): Promise<void> {
    const slots = new Slots(PARALLEL_LISTS);
    const lists = [...this.#unlisted].map(([subject, entries]) =>
      slots.run(this.#signal, () => addToTagList(this.#repository, subject, entries, this.#signal)),
    );
    for (const result of await Promise.allSettled(lists)) if (result.status === 'rejected') throw result.reason;
  }

  async putTagged(tag: string, manifest: FetchedManifest): Promise<void> {
    await putManifest(this.#repository, tag, manifest, this.#signal);
  }

  async finish(top: FetchedManifest): Promise<void> {
    await this.#listReferrers();
    const { digest, tag } = this.#reference;
    await putManifest(this.#repository, tag ?? digest ?? 'latest', top, this.#signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#repository[Symbol.dispose]();
  }
}

/** Within one process a broken upload goes on; a copy that was killed begins anew, apart from what is there as a whole. */
class MemorySessions implements UploadSessions {
  readonly #locations = new Map<string, string>();

  find(repository: string, digest: string): string | undefined {
    return this.#locations.get(`${repository} ${digest}`);
  }

  save(repository: string, digest: string, location: string): void {
    this.#locations.set(`${repository} ${digest}`, location);
  }

  forget(repository: string, digest: string): void {
    this.#locations.delete(`${repository} ${digest}`);
  }
}
