import { internalError, isStatusError } from '#kube/api';
import type { Change, Entry, Page, Storage, SwapResult, Value, Watch, Watcher } from '../contract.ts';
import type { OpenedStorage } from '../open.ts';
import type { EncryptionRule } from './configuration.ts';
import { ruleMatcher } from './rule-matcher.ts';
import { Transformer } from './transformer.ts';

/** Keys that are looked at in one go while all are rewritten. */
const PAGE_LENGTH = 500;

/** Encrypts the values of chosen resources on their way to another storage; all else goes through as it is. */
export class EncryptedStorage implements OpenedStorage {
  readonly #inner: OpenedStorage;
  readonly #transformerOf: (key: string) => Transformer | undefined;

  /** The inner storage belongs to this one from now on, and is disposed with it. */
  constructor(inner: OpenedStorage, rules: readonly EncryptionRule[]) {
    this.#inner = inner;
    const transformers = rules.map((rule) => new Transformer(rule.providers));
    const match = ruleMatcher(rules);
    this.#transformerOf = (key) => transformers[match(key)];
  }

  get exclusive(): boolean {
    return this.#inner.exclusive;
  }

  /** Of the inner storage, where it has it. */
  get advance(): ((revision: number) => Promise<void>) | undefined {
    return this.#inner.advance?.bind(this.#inner);
  }

  /** Of the inner storage, where it has it: values stay encrypted in the copy. */
  get backup(): ((file: string) => Promise<void>) | undefined {
    return this.#inner.backup?.bind(this.#inner);
  }

  revision(options?: { signal?: AbortSignal }): Promise<number> {
    return this.#inner.revision(options);
  }

  async get(key: string, options?: { signal?: AbortSignal }): Promise<{ entry: Entry | undefined; revision: number }> {
    const { entry, revision } = await this.#inner.get(key, options);
    return { entry: this.#open(entry), revision };
  }

  async list(options: Parameters<Storage['list']>[0]): Promise<Page> {
    const page = await this.#inner.list(options);
    return { ...page, entries: page.entries.map((entry) => this.#openPresent(entry)) };
  }

  count(prefix: string): Promise<number> {
    return this.#inner.count(prefix);
  }

  async put(key: string, value: Value, expected: number, options?: { ttlSeconds?: number }): Promise<SwapResult> {
    const stored = this.#transformerOf(key)?.seal(key, value) ?? value;
    return this.#openResult(await this.#inner.put(key, stored, expected, options));
  }

  async delete(key: string, expected: number): Promise<SwapResult> {
    return this.#openResult(await this.#inner.delete(key, expected));
  }

  watch(watcher: Watcher): Watch {
    const watch = this.#inner.watch({
      prefix: watcher.prefix,
      afterRevision: watcher.afterRevision,
      onChanges: (changes) => {
        try {
          watcher.onChanges(changes.map((change) => this.#openChange(change)));
        } catch (error) {
          watch[Symbol.dispose]();
          watcher.onEnd(isStatusError(error) ? error : internalError(`a watcher of ${watcher.prefix} failed`, error));
        }
      },
      onProgress: watcher.onProgress,
      onEnd: watcher.onEnd,
    });
    return watch;
  }

  compact(revision: number): Promise<void> {
    return this.#inner.compact(revision);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]();
  }

  /**
   * Writes all values again that are not kept as the configuration now says: after a key was put first, or encryption was
   * switched on or off. Answers how many. May run while others write: what they write is right already.
   */
  async rewriteAll(options: { signal?: AbortSignal } = {}): Promise<number> {
    let rewritten = 0;
    for (let after = ''; ; ) {
      const page = await this.#inner.list({ ...options, prefix: '', after, limit: PAGE_LENGTH });
      for (const { key } of page.entries) if (await this.#rewrite(key, options)) rewritten++;
      const last = page.entries.at(-1);
      if (page.remaining === 0 || last === undefined) return rewritten;
      after = last.key;
    }
  }

  async #rewrite(key: string, options: { signal?: AbortSignal }): Promise<boolean> {
    const transformer = this.#transformerOf(key);
    for (;;) {
      const { entry } = await this.#inner.get(key, options);
      if (entry === undefined || transformer === undefined || !transformer.isStale(entry.value)) return false;
      const value = transformer.seal(key, transformer.open(key, entry.value));
      if ((await this.#inner.put(key, value, entry.modRevision)).done) return true;
    }
  }

  #openPresent(entry: Entry): Entry {
    const transformer = this.#transformerOf(entry.key);
    return transformer === undefined ? entry : { ...entry, value: transformer.open(entry.key, entry.value) };
  }

  #open(entry: Entry | undefined): Entry | undefined {
    return entry && this.#openPresent(entry);
  }

  #openResult(result: SwapResult): SwapResult {
    return result.done
      ? { ...result, previous: this.#open(result.previous) }
      : { ...result, current: this.#open(result.current) };
  }

  #openChange(change: Change): Change {
    const transformer = this.#transformerOf(change.key);
    if (transformer === undefined) return change;
    const value = change.value === undefined ? undefined : transformer.open(change.key, change.value);
    return { ...change, value, previous: this.#open(change.previous) };
  }
}
