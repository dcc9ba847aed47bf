import {
  chmodSync,
  chownSync,
  close,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoCode, failpoint, HakoError, ignoring, log } from '#base';
import { type MountSpec, mount, unmount } from '#system';
import { callWorker } from '#system/rootfs';
import type { IdMapping, Image, LayerChange, Snapshots } from '../contract.ts';
import type { LayerTable } from '../layout/layers.ts';
import { topChainId } from '../layout/layers.ts';
import type { LayerDirs } from './layer-dirs.ts';
import { overlayMount, rootAttributes } from './overlay.ts';
import type { ContainerLayer, ContainerLayerTable } from './table.ts';
import type { Trash } from './trash.ts';

const closeInPool = promisify(close);
const KEY = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

export interface SnapshotParts {
  /** <root>/containers-rw. */
  dir: string;
  table: ContainerLayerTable;
  layers: LayerTable;
  layerDirs: LayerDirs;
  trash: Trash;
}

/**
 * Writable layers: <dir>/<key>/{upper,work,merged}. The row is written first and the folders are made from it, so a prepare that
 * was cut short is completed by whoever comes next.
 */
export class ContainerSnapshots implements Snapshots {
  readonly #parts: SnapshotParts;
  #lettingGo: Promise<void> = Promise.resolve();

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    mkdirSync(parts.dir, { recursive: true, mode: 0o711 });
  }

  prepare(key: string, image: Image | undefined, options: { mapping?: IdMapping; volatile?: boolean }): void {
    if (!KEY.test(key)) throw new HakoError('invalid', `"${key}" cannot be the key of a snapshot`);
    const { table } = this.#parts;
    if (table.find(key) === undefined) {
      const chainId = topChainId(image?.config.rootfs.diff_ids ?? []);
      table.insert({ key, chainId, mapping: options.mapping, volatile: options.volatile ?? false });
    }
    failpoint('snapshots.row-written');
    this.#makeFolders(this.#row(key));
  }

  mountOf(key: string): MountSpec {
    const row = this.#row(key);
    this.#forgetVolatile(row);
    return this.#writableMount(row, { volatile: false });
  }

  viewOf(key: string): MountSpec {
    const row = this.#row(key);
    const lowers = [this.#folders(key).upperDir, ...this.#lowersOf(row)];
    return overlayMount({ ...this.#below(row), lowers, writable: undefined });
  }

  mount(key: string): string {
    const { mergedDir } = this.#folders(key);
    const row = this.#row(key);
    if (this.#isMounted(key)) return mergedDir;
    this.#forgetVolatile(row);
    mountOverlay(this.#writableMount(row, row), mergedDir);
    return mergedDir;
  }

  unmount(key: string): void {
    const { mergedDir } = this.#folders(key);
    while (ignoring(['EINVAL', 'ENOENT'], () => done(() => unmount(mergedDir))) === true);
  }

  async release(key: string): Promise<void> {
    if (!this.#isMounted(key)) return;
    if (this.#parts.table.find(key)?.volatile) return this.unmount(key);
    const held = openSync(this.#folders(key).mergedDir, constants.O_RDONLY | constants.O_DIRECTORY);
    this.#detach(key);
    await this.#letGo(held);
  }

  /**
   * Closes what holds a mount that is out of sight already. The last to let go of an overlay syncs the whole file system below
   * it: a thread of the pool does, not the event loop, and no more than one at a time.
   */
  #letGo(held: number): Promise<void> {
    this.#lettingGo = this.#lettingGo
      .then(() => closeInPool(held))
      .catch((error: unknown) => log.warn('a file system of a container could not be synced', { error }));
    return this.#lettingGo;
  }

  async remove(key: string): Promise<void> {
    if (!KEY.test(key)) return;
    await this.release(key);
    if (this.#isMounted(key)) this.#detach(key);
    this.#parts.trash.take(this.#dirOf(key));
    failpoint('snapshots.in-trash');
    this.#parts.table.delete(key);
  }

  keys(): string[] {
    return this.#parts.table.all().map(({ key }) => key);
  }

  mappingOf(key: string): IdMapping | undefined {
    return this.#row(key).mapping;
  }

  paths(key: string): { upperDir: string; workDir: string; mergedDir: string; lowerDirs: string[] } {
    const { layerDirs } = this.#parts;
    const lowerDirs = this.#snapshotIds(this.#row(key)).map((id) => layerDirs.pathOf(id));
    return { ...this.#folders(key), lowerDirs };
  }

  async changes(key: string): Promise<LayerChange[]> {
    const { upperDir, lowerDirs } = this.paths(key);
    return await callWorker('changes', { kind: 'directory', dir: upperDir }, { lowerDirs });
  }

  async usageBytes(key: string): Promise<number> {
    const { upperDir } = this.paths(key);
    return (await callWorker('usage', { kind: 'directory', dir: upperDir }, {})).bytes;
  }

  /** Completes rows without folders, throws away folders without rows. */
  recover(): void {
    const rows = this.#parts.table.all();
    for (const row of rows) this.#makeFolders(row);
    const known = new Set(rows.map(({ key }) => key));
    for (const key of readdirSync(this.#parts.dir)) {
      if (known.has(key)) continue;
      if (this.#isMounted(key)) this.#detach(key);
      this.#parts.trash.take(this.#dirOf(key));
    }
  }

  #row(key: string): ContainerLayer {
    const row = this.#parts.table.find(key);
    if (row !== undefined) return row;
    throw new HakoError('not_found', `container ${key.slice(0, 12)} has no writable layer`);
  }

  #dirOf(key: string): string {
    return join(this.#parts.dir, key);
  }

  #folders(key: string) {
    const dir = this.#dirOf(key);
    return { upperDir: join(dir, 'upper'), workDir: join(dir, 'work'), mergedDir: join(dir, 'merged') };
  }

  #snapshotIds(row: ContainerLayer): string[] {
    return this.#parts.layers.chain(row.chainId).map(({ snapshot }) => snapshot);
  }

  #lowersOf(row: ContainerLayer): string[] {
    return this.#parts.layerDirs.relative(this.#snapshotIds(row));
  }

  #below({ key, mapping }: ContainerLayer) {
    const mapped = mapping === undefined ? undefined : { ...mapping, at: join(this.#dirOf(key), 'lower') };
    return { layersDir: this.#parts.layerDirs.dir, mapped };
  }

  #writableMount(row: ContainerLayer, { volatile }: { volatile: boolean }): MountSpec {
    const { upperDir, workDir } = this.#folders(row.key);
    return overlayMount({
      ...this.#below(row),
      lowers: this.#lowersOf(row),
      writable: { upperDir, workDir, volatile },
    });
  }

  /** The kernel refuses a volatile layer that was used before, for it cannot know whether the machine went down since. */
  #forgetVolatile({ key, volatile }: ContainerLayer): void {
    if (!volatile || this.#isMounted(key)) return;
    const mark = join(this.#folders(key).workDir, 'work', 'incompat');
    if (existsSync(mark)) rmSync(mark, { recursive: true });
  }

  /** `merged` comes last: where it is, all is there. */
  #makeFolders(row: ContainerLayer): void {
    const { upperDir, workDir, mergedDir } = this.#folders(row.key);
    if (statSync(mergedDir, { throwIfNoEntry: false }) !== undefined) return;
    this.#makeKeyFolder(row);
    mkdirSync(upperDir, { recursive: true, mode: 0o755 });
    const [top] = this.#snapshotIds(row);
    const imageRoot = top === undefined ? undefined : statSync(this.#parts.layerDirs.pathOf(top));
    const { uid, gid, mode } = rootAttributes(imageRoot, row.mapping);
    chownSync(upperDir, uid, gid);
    chmodSync(upperDir, mode);
    failpoint('snapshots.half-made');
    mkdirSync(workDir, { recursive: true, mode: 0o700 });
    if (row.mapping !== undefined) mkdirSync(join(this.#dirOf(row.key), 'lower'), { recursive: true, mode: 0o700 });
    mkdirSync(mergedDir, { mode: 0o755 });
  }

  /**
   * Users of the host must not reach setuid programs that a container makes (CVE-2021-41091). The runtime of a mapped container is
   * root only inside: it comes in by its group.
   */
  #makeKeyFolder({ key, mapping }: ContainerLayer): void {
    const dir = this.#dirOf(key);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (mapping === undefined) return;
    chownSync(dir, 0, mapping.hostId);
    chmodSync(dir, 0o710);
  }

  /** A mounted overlay has a device number of its own. */
  #isMounted(key: string): boolean {
    const merged = statSync(this.#folders(key).mergedDir, { throwIfNoEntry: false });
    return merged !== undefined && merged.dev !== statSync(this.#dirOf(key)).dev;
  }

  /** The last resort: the mount goes out of sight now and ends with its last user. */
  #detach(key: string): void {
    ignoring('EINVAL', () => unmount(this.#folders(key).mergedDir, { lazy: true }));
  }
}

/** EINVAL is all that the kernel tells of a folder that overlayfs cannot write to. */
function mountOverlay(spec: MountSpec, target: string): void {
  try {
    mount(spec, target);
  } catch (cause) {
    if (errnoCode(cause) !== 'EINVAL') throw cause;
    const advice =
      'its file system must be ext4, btrfs, or xfs with ftype=1, and not an overlay itself (dmesg may say more)';
    throw new HakoError('failed_precondition', `overlayfs refuses ${target}: ${advice}`, { cause });
  }
}

function done(work: () => void): true {
  work();
  return true;
}
