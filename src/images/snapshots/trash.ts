import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ignoring, log } from '#base';

const run = promisify(execFile);
const MAX_BATCH = 200;
/** How long folders gather for one rm: making a process costs the daemon more than deleting a small folder. */
const GATHER_MS = 100;

/**
 * Removal in two steps: a rename takes a folder out of sight at once and for good, then its content is deleted in the
 * background. What a killed process left is deleted by the next one.
 */
export class Trash implements AsyncDisposable {
  readonly #dir: string;
  readonly #pending: string[] = [];
  #emptying: Promise<void> | undefined;
  readonly #hurry = new AbortController();

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Takes `path` away. Answers false where there was nothing. */
  take(path: string): boolean {
    const target = join(this.#dir, randomBytes(8).toString('hex'));
    const moved = ignoring('ENOENT', () => {
      renameSync(path, target);
      return true;
    });
    if (moved === true) this.#delete(target);
    return moved === true;
  }

  /** Deletes what lies in the trash from before. */
  recover(): void {
    for (const name of readdirSync(this.#dir)) this.#delete(join(this.#dir, name));
  }

  /** Resolves when what was taken is deleted. */
  async settled(): Promise<void> {
    await this.#emptying;
  }

  /** Waits for the deletions that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hurry.abort();
    await this.settled();
  }

  #delete(path: string): void {
    this.#pending.push(path);
    this.#emptying ??= this.#empty();
  }

  /**
   * rm(1) works with file descriptors: it deletes trees that are deeper than a path may be long, which a container can
   * make, and follows no link that somebody puts in its way. One rm at a time takes all that has gathered meanwhile.
   */
  async #empty(): Promise<void> {
    while (this.#pending.length > 0) {
      await this.#gather();
      const paths = this.#pending.splice(0, MAX_BATCH);
      try {
        await run('rm', ['-rf', '--one-file-system', '--', ...paths], { cwd: '/' });
      } catch (error) {
        log.warn('cannot delete from the trash, will try again at the next start', { error });
      }
    }
    this.#emptying = undefined;
  }

  /** Waits for more to delete, unless we are being disposed of. A process that ends sooner leaves it to the next one. */
  async #gather(): Promise<void> {
    const options = { signal: this.#hurry.signal, ref: false };
    await delay(GATHER_MS, undefined, options).catch(() => undefined);
  }
}
