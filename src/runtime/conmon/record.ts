/** What the adapter remembers of a container across restarts of the daemon: one small JSON file each. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring, log } from '#base';
import type { ProcessIdentity } from '#system';
import type { OciRuntime } from '../contract.ts';

export interface ContainerRecord {
  id: string;
  runtime: OciRuntime;
  bundleDir: string;
  cgroupsPath: string;
  terminal: boolean;
  openStdin: boolean;
  stdinOnce: boolean;
  /** The runtime must be asked to start and to delete, because hooks hang on it. */
  hasHooks: boolean;
  /** Undefined until the runtime has created the container. */
  init?: ProcessIdentity;
  conmon?: ProcessIdentity;
}

/** The folder of records. Files are replaced whole, so that a reader never sees half of one. */
export class RecordStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(record: ContainerRecord): void {
    const path = this.#path(record.id);
    writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  remove(id: string): void {
    rmSync(this.#path(id), { force: true });
  }

  /** Removes what a daemon that was killed while it wrote left half-written. */
  removeUnfinished(): void {
    const unfinished = readdirSync(this.#folder).filter((name) => name.endsWith('.new'));
    for (const name of unfinished) rmSync(join(this.#folder, name), { force: true });
  }

  /** Every record; one that cannot be read is logged and left out. */
  list(): ContainerRecord[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
    return names.flatMap((name) => this.#read(join(this.#folder, name)) ?? []);
  }

  #read(path: string): ContainerRecord | undefined {
    const text = ignoring('ENOENT', () => readFileSync(path, 'utf8'));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as ContainerRecord;
    } catch (error) {
      log.error('unreadable container record', { path, error });
      return undefined;
    }
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}
