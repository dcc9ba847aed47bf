import { type FileHandle, open } from 'node:fs/promises';
import { errnoCode } from '#base';

/** Files that a slow follower keeps open, and on disk, after they were rotated away. Older ones are lost to it. */
const MAX_HELD = 16;
/** Identities that are remembered: more than a container has files. */
const MAX_KNOWN = 1024;

/** One log file that is being read. */
export interface LogFile {
  handle: FileHandle;
  sizeBytes: number;
  offset: number;
}

/**
 * The log of one container as a chain of open files, oldest first. Rotation renames `log` to `log.1`, `log.1` to
 * `log.2` and so on: names go up only. Looking at them upwards therefore never misses a file, it may see one twice;
 * open descriptors keep what a later rotation deletes.
 */
export class LogFiles implements AsyncDisposable {
  readonly #path: string;
  readonly #known = new Set<string>();
  readonly held: LogFile[] = [];
  #foundFirst = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Adds the files that came since the last call: at first all, later those before the first that is known. */
  async discover(): Promise<void> {
    const found: LogFile[] = [];
    const first = this.#known.size === 0;
    for (let index = 0, missing = 0; missing < 2; index++) {
      const file = await this.#open(index === 0 ? this.#path : `${this.#path}.${index}`);
      if (file === 'known' && !first) break;
      missing = file === undefined ? missing + 1 : 0;
      if (typeof file === 'object') found.unshift(file);
    }
    this.held.push(...found);
    if (first) this.#foundFirst = found.length;
    const excess = first ? 0 : Math.max(0, this.held.length - Math.max(MAX_HELD, this.#foundFirst));
    for (const lost of this.held.splice(1, excess)) await lost.handle.close();
    this.#forgetOld();
  }

  /** Closes the oldest file. */
  async advance(): Promise<void> {
    await this.held.shift()?.handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.held.splice(0).map((file) => file.handle.close()));
  }

  async #open(path: string): Promise<LogFile | 'known' | undefined> {
    const handle = await openExisting(path);
    if (handle === undefined) return undefined;
    const { dev, ino, birthtimeNs, size } = await handle.stat({ bigint: true });
    // Inode numbers are used again at once; with the time of birth they are unique.
    const identity = `${dev}:${ino}:${birthtimeNs}`;
    if (!this.#known.has(identity)) {
      this.#known.add(identity);
      return { handle, sizeBytes: Number(size), offset: 0 };
    }
    await handle.close();
    return 'known';
  }

  #forgetOld(): void {
    for (const identity of this.#known) {
      if (this.#known.size <= MAX_KNOWN) return;
      this.#known.delete(identity);
    }
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
