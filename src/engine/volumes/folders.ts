import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { HakoError, ignoring } from '#base';
import { mountsUnder } from '#system';
import { isVolumeName } from './name.ts';

/** Marks a folder whose volume is being removed. No volume can have such a name. */
const REMOVING = '.removing-';

/**
 * The folders of volumes: `<root>/<name>/_data`, as in Docker. A removal renames the folder first, which is atomic,
 * so that a crash leaves either all of a volume's data or a folder that is marked as rubbish.
 */
export class VolumeFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true, mode: 0o701 });
  }

  /** Where a volume's data is. */
  dataOf(name: string): string {
    return `${this.#root}/${name}/_data`;
  }

  /** Makes what is missing of the folder. */
  make(name: string): void {
    mkdirSync(`${this.#root}/${name}`, { recursive: true, mode: 0o701 });
    mkdirSync(this.dataOf(name), { recursive: true, mode: 0o755 });
  }

  /** Marks the folder as rubbish; `sweep` deletes it. Refuses while something is mounted in it: that data is not ours. */
  discard(name: string): void {
    const mounted = mountsUnder(`${this.#root}/${name}`);
    if (mounted[0] !== undefined) {
      throw new HakoError(
        'failed_precondition',
        `remove ${name}: ${mounted[0].source} is mounted on ${mounted[0].target}: unmount it first`,
      );
    }
    ignoring('ENOENT', () => renameSync(`${this.#root}/${name}`, `${this.#root}/${REMOVING}${name}`));
  }

  /** Undoes `discard`. */
  restore(name: string): void {
    ignoring('ENOENT', () => renameSync(`${this.#root}/${REMOVING}${name}`, `${this.#root}/${name}`));
  }

  /** Deletes the rubbish of a volume. */
  async sweep(name: string): Promise<void> {
    await rm(`${this.#root}/${REMOVING}${name}`, { recursive: true, force: true });
  }

  /** Names of volumes whose removal did not come to its end. */
  discarded(): string[] {
    return this.#folders().flatMap((name) => (name.startsWith(REMOVING) ? [name.slice(REMOVING.length)] : []));
  }

  /** Names that have a folder, be it without data: making and removing one are two steps each. */
  names(): string[] {
    return this.#folders().filter(isVolumeName);
  }

  /** When the data folder was last made or changed; undefined when there is none. */
  bornAtMs(name: string): number | undefined {
    const stat = lstatSync(this.dataOf(name), { throwIfNoEntry: false });
    return stat?.isDirectory() ? stat.mtimeMs : undefined;
  }

  /** Deletes the folder if it holds nothing; answers whether it did. */
  removeEmpty(name: string): boolean {
    const removed = ignoring(['ENOTEMPTY', 'EBUSY', 'ENOTDIR'], () => {
      ignoring('ENOENT', () => rmdirSync(this.dataOf(name)));
      rmdirSync(`${this.#root}/${name}`);
      return true;
    });
    return removed === true;
  }

  #folders(): string[] {
    const entries = readdirSync(this.#root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  }
}
