import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { errnoCode, errorMessage, log } from '#base';

/** Where lines go and how much of them is kept. */
export interface LogFileOptions {
  /** Path, or `-` for standard output. */
  readonly path: string;
  /** A file that would grow beyond is put aside. Default: 100 MiB. */
  readonly maxBytes?: number;
  /** How many files that were put aside are kept; 0: all. */
  readonly maxBackups?: number;
  /** How many days they are kept; 0: for ever. */
  readonly maxAgeDays?: number;
  /** Text that may wait for the disk; beyond it lines are lost, and counted. Default: 16 MiB. */
  readonly maxBufferedChars?: number;
  readonly nowMs?: () => number;
}

const DAY_MS = 24 * 3600_000;

/** A file of lines that turns over. Lines that come while one write runs go out together with the next. */
export class LogFile implements AsyncDisposable {
  readonly #options: Required<LogFileOptions>;
  #waiting: string[] = [];
  #waitingChars = 0;
  #lost = 0;
  #file: FileHandle | undefined;
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: LogFileOptions) {
    const defaults = { maxBytes: 100 * 2 ** 20, maxBackups: 0, maxAgeDays: 0, maxBufferedChars: 16 * 2 ** 20 };
    this.#options = { ...defaults, nowMs: Date.now, ...options };
  }

  /** How many lines were lost because the disk did not keep up, or failed. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes a line, without its end. Never waits and never throws. */
  write(line: string): void {
    if (this.#isClosed || this.#waitingChars + line.length > this.#options.maxBufferedChars) {
      if (this.#lost++ === 0) log.warn('audit events are lost: the log cannot be written as fast as they come');
      return;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    this.#writing ??= this.#drain();
  }

  /** Resolves when what was taken is on its way to the disk. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#file?.sync();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #drain(): Promise<void> {
    // Lets the lines of this turn come together.
    await null;
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#waitingChars = 0;
      try {
        await this.#append(`${lines.join('\n')}\n`);
      } catch (error) {
        this.#lost += lines.length;
        log.error('audit events cannot be written', { path: this.#options.path, error: errorMessage(error) });
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    const { path, maxBytes } = this.#options;
    if (path === '-') {
      await writeOut(text);
      return;
    }
    const bytes = Buffer.from(text);
    this.#file ??= await this.#open();
    if (this.#bytes > 0 && this.#bytes + bytes.length > maxBytes) {
      await this.#turnOver(this.#file);
      this.#file = await this.#open();
    }
    await this.#file.appendFile(bytes);
    this.#bytes += bytes.length;
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#options.path, 'a', 0o600);
    this.#bytes = (await file.stat()).size;
    return file;
  }

  async #turnOver(file: FileHandle): Promise<void> {
    const { path, nowMs } = this.#options;
    this.#file = undefined;
    await file.close();
    const time = new Date(nowMs()).toISOString().slice(0, -1).replaceAll(':', '-');
    await rename(path, `${prefixOf(path)}${time}${extname(path)}`);
    await this.#prune();
  }

  async #prune(): Promise<void> {
    const { path, maxBackups, maxAgeDays, nowMs } = this.#options;
    if (maxBackups === 0 && maxAgeDays === 0) return;
    const directory = dirname(path);
    const start = basename(prefixOf(path));
    const names = (await readdir(directory)).filter((name) => name.startsWith(start) && name.endsWith(extname(path)));
    const oldest = maxAgeDays === 0 ? '' : new Date(nowMs() - maxAgeDays * DAY_MS).toISOString().replaceAll(':', '-');
    const doomed = names
      .sort()
      .reverse()
      .filter((name, index) => (maxBackups > 0 && index >= maxBackups) || name.slice(start.length) < oldest);
    await Promise.all(doomed.map((name) => removeFile(join(directory, name))));
  }
}

/** `/var/log/audit-` of `/var/log/audit.log`. */
function prefixOf(path: string): string {
  return `${path.slice(0, path.length - extname(path).length)}-`;
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}

async function writeOut(text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  await promise;
}
