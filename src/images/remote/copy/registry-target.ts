import type { Digest } from '#base';
import type { Reference } from '../../reference.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { type FetchedManifest, putManifest } from '../registry/manifests.ts';
import { putReferrer } from '../registry/referrers.ts';
import { type RemoteOptions, Repository } from '../registry/repository.ts';
import { uploadBlob } from '../transfer/upload.ts';
import type { UploadSessions } from '../transfer/upload-sessions.ts';
import type { CopySource, CopyTarget } from './contract.ts';

export class RegistryTarget implements CopyTarget {
  readonly #repository: Repository;
  readonly #reference: Reference;
  readonly #signal: AbortSignal | undefined;

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
    await putReferrer(this.#repository, manifest, subject, this.#signal);
  }

  async putTagged(tag: string, manifest: FetchedManifest): Promise<void> {
    await putManifest(this.#repository, tag, manifest, this.#signal);
  }

  async finish(top: FetchedManifest): Promise<void> {
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
