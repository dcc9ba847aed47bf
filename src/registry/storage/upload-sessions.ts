import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { digestHex, ignoring, KeyedLock, sha256 } from '#base';
import type { ContentStore } from '#images/content';
import type { Upload, Uploads } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import { FreeSpace } from './free-space.ts';
import { type StoreBlob, UploadSession } from './upload-session.ts';
import type { UsageMeter } from './usage.ts';

/** Recovery of the content store keeps young files with the prefix `ref-`. */
const PREFIX = 'ref-upload-';
const ID = /^[0-9a-f]{32}$/;
/** Uploads that exist at a time: one costs a file. */
const MAX_UPLOADS = 20_000;
/** An upload between two requests keeps its file open, and its hash, for so long; later it is read again from the disk. */
const IDLE_MS = 30_000;
/** And not more of them than this. */
const MAX_IDLE = 128;

export interface UploadParts {
  content: ContentStore;
  meter: UsageMeter;
  store: StoreBlob;
}

/**
 * Uploads are files and nothing else: `ref-upload-<id>-<digest of the repository's name>` under ingest/. So they survive us as they
 * are, and an id is good for one repository only.
 */
export class UploadSessions implements Uploads, AsyncDisposable {
  readonly #parts: UploadParts;
  readonly #space: FreeSpace;
  readonly #lock = new KeyedLock();
  readonly #interrupts = new Map<string, () => void>();
  readonly #sessions = new Map<string, { session: UploadSession; timer: NodeJS.Timeout }>();
  #count: number;

  constructor(parts: UploadParts) {
    this.#parts = parts;
    this.#space = new FreeSpace(parts.content.dir);
    this.#count = this.#files().length;
  }

  /** How many there are. */
  get size(): number {
    return this.#count;
  }

  async create(repository: string): Promise<string> {
    if (this.#count >= MAX_UPLOADS) throw new RegistryError('TOOMANYREQUESTS', 'too many uploads are under way');
    this.#parts.meter.check(repository, 0);
    const id = randomBytes(16).toString('hex');
    await using _file = await open(this.#pathOf(repository, id), 'wx', 0o600);
    this.#count++;
    return id;
  }

  async use<T>(
    repository: string,
    id: string,
    interrupt: () => void,
    work: (upload: Upload) => Promise<T>,
  ): Promise<T> {
    const path = this.#existing(repository, id);
    this.#interrupts.get(id)?.();
    return this.#lock.run(id, async () => {
      this.#existing(repository, id);
      const session = this.#take(id) ?? this.#session(repository, id, path);
      this.#interrupts.set(id, interrupt);
      try {
        return await work(await session.opened());
      } finally {
        this.#interrupts.delete(id);
        if (session.isOver) this.#count--;
        else await this.#keep(id, session);
      }
    });
  }

  /** Gives up uploads that nobody has gone on with; answers how many. */
  expire(olderThanMs: number): number {
    const stale = this.#files().filter(({ id, path }) => {
      const touchedMs = ignoring('ENOENT', () => statSync(path).mtimeMs);
      return touchedMs !== undefined && touchedMs < olderThanMs && !this.#lock.isBusy(id);
    });
    for (const { id, path } of stale) {
      void this.#take(id)?.[Symbol.asyncDispose]();
      rmSync(path, { force: true });
      this.#parts.meter.setUnderWay(id, undefined);
      this.#count--;
    }
    return stale.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.#sessions.keys()]) await this.#take(id)?.[Symbol.asyncDispose]();
  }

  #pathOf(repository: string, id: string): string {
    if (!ID.test(id)) throw unknownUpload();
    return join(this.#parts.content.dir, 'ingest', `${PREFIX}${id}-${digestHex(sha256(repository)).slice(0, 16)}`);
  }

  #existing(repository: string, id: string): string {
    const path = this.#pathOf(repository, id);
    if (existsSync(path)) return path;
    throw unknownUpload();
  }

  #session(repository: string, id: string, path: string): UploadSession {
    return new UploadSession({ ...this.#parts, space: this.#space, id, repository, path });
  }

  #take(id: string): UploadSession | undefined {
    const kept = this.#sessions.get(id);
    this.#sessions.delete(id);
    clearTimeout(kept?.timer);
    return kept?.session;
  }

  async #keep(id: string, session: UploadSession): Promise<void> {
    const timer = setTimeout(() => void this.#take(id)?.[Symbol.asyncDispose](), IDLE_MS).unref();
    this.#sessions.set(id, { session, timer });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_IDLE && oldest !== undefined) await this.#take(oldest)?.[Symbol.asyncDispose]();
  }

  #files(): { id: string; path: string }[] {
    const dir = join(this.#parts.content.dir, 'ingest');
    const names = readdirSync(dir).filter((name) => name.startsWith(PREFIX));
    return names.map((name) => ({ id: name.slice(PREFIX.length, PREFIX.length + 32), path: join(dir, name) }));
  }
}

function unknownUpload(): RegistryError {
  return new RegistryError('BLOB_UPLOAD_UNKNOWN', 'there is no such upload: begin a new one');
}
