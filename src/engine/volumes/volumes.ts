import { isDeepStrictEqual } from 'node:util';
import { type Clock, HakoError, log, newId, systemClock } from '#base';
import type { DatabaseSync } from '#state';
import type { Events, Volume, Volumes } from '../contract.ts';
import { VolumeFolders } from './folders.ts';
import { unmountAll, VolumeMounts } from './mounts.ts';
import { validateVolumeName } from './name.ts';
import { validateVolumeOptions, volumeMount } from './options.ts';
import { openVolumeTable, type VolumeRow, type VolumeTable } from './table.ts';
import { folderBytes } from './usage.ts';

/** Docker's mark of a volume that nobody named: `prune` takes these by default. */
const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

export interface VolumesOptions {
  database: DatabaseSync;
  /** Volumes are `<rootDir>/volumes/<name>/_data`. */
  rootDir: string;
  /** Ids of the containers, running or not, that have the volume among their mounts. */
  usedBy: (name: string) => string[];
  events: Events;
  clock?: Clock;
}

/** The volumes as the engine uses them: with mounting for the time that a container runs, and recovery. */
export interface LocalVolumes extends Volumes {
  /** Makes the volume's `mountpoint` ready; mounts what its options ask for. Idempotent for one user. */
  mountForUse(name: string, userId: string, attributes?: Record<string, string>): Promise<void>;
  /** Ends a use; unmounts after the last. Idempotent; a volume that is gone is released. */
  release(name: string, userId: string): Promise<void>;
  /** At start-up: finishes broken removals, takes over the uses of containers that run on, unmounts what nobody uses. */
  recover(uses: Iterable<{ name: string; userId: string }>): Promise<void>;
}

/** The local volume driver over a table and folders. Brings table and folders in line with each other. */
export function createVolumes(options: VolumesOptions): LocalVolumes {
  return new LocalDriver(options);
}

class LocalDriver implements LocalVolumes {
  readonly #options: VolumesOptions;
  readonly #clock: Clock;
  readonly #table: VolumeTable;
  readonly #folders: VolumeFolders;
  readonly #mounts = new VolumeMounts();

  constructor(options: VolumesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#table = openVolumeTable(options.database);
    this.#folders = new VolumeFolders(`${options.rootDir}/volumes`);
    this.#reconcile();
  }

  async create(request: Parameters<Volumes['create']>[0]): Promise<Volume> {
    const { name = '', driver = '', options = {} } = request;
    if (name !== '') validateVolumeName(name);
    requireLocal(driver, name);
    validateVolumeOptions(options);
    const labels = name === '' ? { ...request.labels, [ANONYMOUS_LABEL]: '' } : (request.labels ?? {});
    const row = { name: name === '' ? newId() : name, createdAtMs: this.#clock.nowMs(), labels, options };
    return this.#mounts.whileIdle(row.name, async () => this.#existing(row) ?? this.#insert(row));
  }

  get(name: string): Volume {
    return this.#toVolume(this.#row(name));
  }

  list(): Volume[] {
    return this.#table.all().map((row) => this.#toVolume(row));
  }

  async remove(name: string, options: { force?: boolean } = {}): Promise<void> {
    const removed = await this.#mounts.whileIdle(name, async () => {
      if (options.force && this.#table.get(name) === undefined) return false;
      this.#row(name);
      this.#requireUnused(name);
      unmountAll(this.#folders.dataOf(name));
      await this.#folders.sweep(name);
      this.#folders.discard(name);
      this.#table.delete(name);
      await this.#folders.sweep(name);
      return true;
    });
    if (removed) this.#options.events.publish('volume', 'destroy', name, { driver: 'local' });
  }

  usedBy(name: string): string[] {
    return this.#options.usedBy(name);
  }

  async usageBytes(name: string): Promise<number> {
    return folderBytes(this.get(name).mountpoint);
  }

  async mountForUse(name: string, userId: string, attributes: Record<string, string> = {}): Promise<void> {
    await this.#acquire(name, userId);
    this.#options.events.publish('volume', 'mount', name, { container: userId, driver: 'local', ...attributes });
  }

  async release(name: string, userId: string): Promise<void> {
    const row = this.#table.get(name);
    const spec = row && volumeMount(row.options);
    const wasUser = await this.#mounts.release(name, userId, spec, this.#folders.dataOf(name));
    if (wasUser) this.#options.events.publish('volume', 'unmount', name, { container: userId, driver: 'local' });
  }

  async recover(uses: Iterable<{ name: string; userId: string }>): Promise<void> {
    for (const { name, userId } of uses) await this.#takeOver(name, userId);
    for (const { name, options } of this.#table.all()) {
      if (volumeMount(options) !== undefined && !this.#mounts.isUsed(name)) unmountAll(this.#folders.dataOf(name));
    }
    for (const name of this.#folders.discarded()) await this.#sweepLeftover(name);
  }

  async #sweepLeftover(name: string): Promise<void> {
    try {
      await this.#folders.sweep(name);
    } catch (error) {
      log.warn('the data of a removed volume cannot be deleted', { volume: name, error });
    }
  }

  async #acquire(name: string, userId: string): Promise<void> {
    const prepare = () => {
      const { options } = this.#row(name);
      this.#folders.make(name);
      return volumeMount(options);
    };
    await this.#mounts.acquire(name, userId, prepare, this.#folders.dataOf(name));
  }

  async #takeOver(name: string, userId: string): Promise<void> {
    try {
      await this.#acquire(name, userId);
    } catch (error) {
      log.warn('a volume in use cannot be had again', { volume: name, container: userId, error });
    }
  }

  /** The table says which volumes there are; data that it does not know is kept and becomes a volume, as in Docker. */
  #reconcile(): void {
    const rows = this.#table.all();
    for (const name of this.#folders.discarded()) {
      if (rows.some((row) => row.name === name)) this.#folders.restore(name);
    }
    for (const { name } of rows) this.#folders.make(name);
    const known = new Set(rows.map((row) => row.name));
    for (const name of this.#folders.names()) {
      if (known.has(name) || this.#folders.removeEmpty(name)) continue;
      if (this.#folders.bornAtMs(name) !== undefined) this.#adopt(name);
    }
  }

  #adopt(name: string): void {
    const createdAtMs = Math.round(this.#folders.bornAtMs(name) ?? this.#clock.nowMs());
    this.#table.insert({ name, createdAtMs, labels: {}, options: {} });
    log.warn('found the folder of an unknown volume and took it over', { volume: name });
  }

  /** The folder comes first: a crash in between leaves an empty one, which the next start removes. */
  #insert(row: VolumeRow): Volume {
    this.#folders.make(row.name);
    this.#table.insert(row);
    this.#options.events.publish('volume', 'create', row.name, { driver: 'local' });
    return this.#toVolume(row);
  }

  /** The volume that has this name already; throws `conflict` when other options were asked for. */
  #existing(wanted: VolumeRow): Volume | undefined {
    const row = this.#table.get(wanted.name);
    if (row === undefined) return undefined;
    if (Object.keys(wanted.options).length > 0 && !isDeepStrictEqual(row.options, wanted.options)) {
      const problem = 'a volume with this name and other options exists';
      throw new HakoError('conflict', `create ${row.name}: ${problem}: remove it first, or choose another name`);
    }
    return this.#toVolume(row);
  }

  #requireUnused(name: string): void {
    const users = this.#options.usedBy(name);
    if (users.length === 0 && !this.#mounts.isUsed(name)) return;
    throw new HakoError('conflict', `remove ${name}: volume is in use - [${users.join(', ')}]`);
  }

  #row(name: string): VolumeRow {
    const row = this.#table.get(name);
    if (row === undefined) throw new HakoError('not_found', `get ${name}: no such volume`);
    return row;
  }

  #toVolume(row: VolumeRow): Volume {
    const anonymous = ANONYMOUS_LABEL in row.labels;
    return { ...row, driver: 'local', mountpoint: this.#folders.dataOf(row.name), anonymous };
  }
}

function requireLocal(driver: string, name: string): void {
  if (driver === '' || driver === 'local') return;
  const problem = `error looking up volume plugin ${driver}: plugin "${driver}" not found`;
  throw new HakoError('not_found', `create ${name}: ${problem}`);
}
