import { type Digest, HakoError, isHakoError } from '#base';
import {
  chunksOf,
  discard,
  fetchManifest,
  type HttpAnswer,
  headManifest,
  openBlob,
  type RemoteOptions,
  Repository,
  repositoryScope,
  statusError,
} from '#images/remote';
import {
  type IncomingBlob,
  type Page,
  type ReferrerDescriptor,
  RegistryError,
  type StoredManifest,
  type Upstream,
  UpstreamAway,
  UpstreamBroken,
} from '#registry';
import { parseJson } from './lists.ts';
import { fetchReferrers, referrersOf } from './referrers.ts';
import { fetchTags } from './tags.ts';

/** Connections and tokens are kept by repository for so long; then hosts.toml is read anew, too. */
const REPOSITORY_TTL_MS = 5 * 60_000;
const MAX_REPOSITORIES = 64;

export interface RemoteUpstreamOptions extends RemoteOptions {
  /** As references name the registry. */
  domain: string;
  /** What our repository is called there; undefined where it is not one of that registry. */
  pathOf: (repository: string) => string | undefined;
}

/** A registry over the network as the upstream of a cache. */
export class RemoteUpstream implements Upstream {
  readonly name: string;
  readonly #options: RemoteUpstreamOptions;
  readonly #open = new Map<string, { at: Repository; openedMs: number }>();

  constructor(options: RemoteUpstreamOptions) {
    this.name = options.domain;
    this.#options = options;
  }

  covers(repository: string): boolean {
    return this.#options.pathOf(repository) !== undefined;
  }

  async resolve(repository: string, tag: string): Promise<Digest | 'unsaid' | undefined> {
    return this.#ask(repository, async (at) => {
      try {
        return (await headManifest(at, tag))?.digest ?? 'unsaid';
      } catch (error) {
        if (isHakoError(error, 'unsupported')) return 'unsaid';
        throw error;
      }
    });
  }

  manifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    return this.#ask(repository, (at) => fetchManifest(at, reference));
  }

  blobSize(repository: string, digest: Digest): Promise<number | undefined> {
    return this.#ask(repository, async (at) => {
      const answer = await send(at, 'HEAD', `blobs/${digest}`);
      await discard(answer);
      const length = answer.headers['content-length'];
      if (length !== undefined) return Number(length);
      throw new RegistryError('UNAVAILABLE', `${this.name} does not say how long ${digest} is`, { status: 502 });
    });
  }

  async openBlob(
    repository: string,
    digest: Digest,
    offsetBytes: number,
    signal: AbortSignal,
  ): Promise<IncomingBlob | undefined> {
    const held = this.#repository(repository).hold();
    try {
      const open = await this.#ask(repository, async (at) => {
        const found = await at.with('pull', signal, (client) => openBlob(client, at, digest, offsetBytes, signal));
        return found ?? this.#endsBefore(digest, offsetBytes);
      });
      if (open === undefined) return release(held);
      const { answer, offset } = open;
      const stop = () => {
        answer.body.destroy();
        held[Symbol.dispose]();
      };
      return { offsetBytes: offset, sizeBytes: wholeSize(answer), body: received(answer), [Symbol.dispose]: stop };
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  tags(repository: string, page: Page): Promise<string[] | undefined> {
    return this.#ask(repository, (at) => fetchTags((query) => send(at, 'GET', 'tags/list', query), page));
  }

  async referrers(repository: string, subject: Digest, artifactType?: string): Promise<ReferrerDescriptor[]> {
    const query: Record<string, string> = artifactType === undefined ? {} : { artifactType };
    const ask = (at: Repository) => (last: Record<string, string>) =>
      send(at, 'GET', `referrers/${subject}`, { ...query, ...last });
    const found = await this.#ask(repository, (at) => fetchReferrers(ask(at)));
    if (found !== undefined) return found;
    // Registries without the API have an index under a tag instead (distribution-spec, "Referrers Tag Schema").
    const fallback = await this.manifest(repository, subject.replace(':', '-'));
    return fallback === undefined ? [] : referrersOf(parseJson(fallback.bytes, 'the list of referrers'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { at } of this.#open.values()) at[Symbol.dispose]();
    this.#open.clear();
  }

  /** Undefined where it is not there; failures as the port wants them. */
  async #ask<T>(repository: string, question: (at: Repository) => Promise<T>): Promise<T | undefined> {
    const at = this.#repository(repository);
    using _held = at.hold();
    try {
      return await question(at);
    } catch (error) {
      if (isHakoError(error, 'not_found')) return undefined;
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): unknown {
    if (!isHakoError(error)) return error;
    const { code, message } = error;
    if (code === 'unavailable') return new UpstreamAway(message, { cause: error });
    if (code === 'unauthenticated' || code === 'forbidden')
      return new RegistryError('DENIED', `${this.name} does not give this to the cache: ${message}`, { cause: error });
    if (code === 'invalid' || code === 'unsupported')
      return new RegistryError('UNAVAILABLE', `${this.name} gives no usable answer: ${message}`, {
        status: 502,
        cause: error,
      });
    return error;
  }

  #repository(repository: string): Repository {
    const path = this.#options.pathOf(repository);
    if (path === undefined) throw new HakoError('internal', `${repository} is not of ${this.name}`);
    const found = this.#open.get(path);
    if (found !== undefined && performance.now() - found.openedMs < REPOSITORY_TTL_MS) return found.at;
    this.#close(path);
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_REPOSITORIES && oldest !== undefined) this.#close(oldest);
    const at = new Repository({ domain: this.#options.domain, path }, this.#options);
    this.#open.set(path, { at, openedMs: performance.now() });
    return at;
  }

  /** Who still uses it holds it. */
  #close(path: string): void {
    this.#open.get(path)?.at[Symbol.dispose]();
    this.#open.delete(path);
  }

  #endsBefore(digest: Digest, offsetBytes: number): never {
    throw new HakoError('invalid', `blob ${digest} ends before ${offsetBytes}`);
  }
}

function release(held: Disposable): undefined {
  held[Symbol.dispose]();
  return undefined;
}

/** A request for reading; throws for every status but 200. */
function send(at: Repository, method: 'GET' | 'HEAD', what: string, query = {}): Promise<HttpAnswer> {
  return at.with('pull', undefined, async (client) => {
    const scopes = [repositoryScope(at.path, ['pull'])];
    const answer = await client.send({ method, path: `${at.path}/${what}`, query, scopes });
    if (answer.status === 200) return answer;
    throw await statusError(answer, `${what} of ${at.domain}/${at.path}`);
  });
}

/** `Content-Range: bytes 100-199/200`, or the length of an answer that is all of it. */
function wholeSize({ status, headers }: HttpAnswer): number | undefined {
  const text = status === 206 ? /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] : headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

async function* received(answer: HttpAnswer): AsyncGenerator<Buffer> {
  try {
    yield* chunksOf(answer);
  } catch (cause) {
    throw new UpstreamBroken(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
