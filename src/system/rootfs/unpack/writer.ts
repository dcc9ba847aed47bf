import {
  closeSync,
  constants,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { errnoCode, HakoError, ignoring } from '#base';
import { FileType, makeDevice, makeNode, setModifiedTime } from '../../node.ts';
import type { IdRange } from '../../tree-mount.ts';
import { type ByteString, toCPath, toPath, toText } from '../bytes.ts';
import type { Owner } from '../contract.ts';
import { toHostId } from '../ids.ts';
import type { TarEntry } from '../tar/mod.ts';
import { applyToDirectory, applyToFile, applyToNode } from './attributes.ts';
import { splitName } from './names.ts';
import { removeTree } from './remove.ts';

/** Where the bytes of the current entry come from. */
export interface Body {
  /** The next piece, good until the next call; undefined at the end. */
  read(): Promise<Buffer | undefined>;
}

/** How a tree writer behaves where its kinds of archive differ. */
export interface WriterPolicy {
  /** Called for an entry whose path is taken, before the old file goes; may throw. */
  onReplace?(name: ByteString, old: Stats, entry: TarEntry): void;
  /** Called for a folder that took the place of something which was no folder. */
  onNewDirectory?(path: ByteString, replaced: Stats): void;
  /** Called for a folder that the archive has itself, when it is there. */
  onDirectory?(path: ByteString): void;
  /** Makes a folder that entries lie in but that the archive does not have. */
  makeParent(path: ByteString, name: ByteString): void;
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const NODE_TYPES = { character: FileType.CHARACTER, block: FileType.BLOCK, fifo: FileType.FIFO } as const;

/** Makes the files that entries describe, below `base`, a folder inside the worker's root. */
export class TreeWriter {
  readonly #base: ByteString;
  readonly #policy: WriterPolicy;
  readonly #owner: Owner | undefined;
  readonly #mapping: IdRange | undefined;
  /** The last one counts. Nothing else of the entries is kept: there may be millions. */
  readonly #directoryTimes = new Map<ByteString, TarEntry['mtime']>();
  #knownParent: ByteString | undefined;

  constructor(base: ByteString, policy: WriterPolicy, options: { owner?: Owner; mapping?: IdRange } = {}) {
    this.#base = base === '/' ? '' : base;
    this.#policy = policy;
    this.#owner = options.owner;
    this.#mapping = options.mapping;
  }

  /** The path of a clean name. */
  pathOf(name: ByteString): ByteString {
    return name === '' ? this.#base || '/' : `${this.#base}/${name}`;
  }

  /** Makes one entry under its clean name. */
  async write(entry: TarEntry, name: ByteString, body: Body, linkTarget?: ByteString): Promise<void> {
    this.ensureParent(name);
    if (this.#knownParent !== undefined && liesWithin(this.#knownParent, name)) this.#knownParent = undefined;
    const path = this.pathOf(name);
    if (entry.type === 'directory') return this.#directory(entry, name, path);
    if (name === '') throw new HakoError('invalid', `the archive has a ${entry.type} in the place of its root folder`);
    if (entry.type === 'file') return this.#file(entry, name, path, body);
    if (entry.type === 'hardlink') return this.#hardLink(entry, name, path, linkTarget ?? '');
    this.#replacing(entry, name, path, () => this.#makeNode(entry, path));
    applyToNode(path, entry, this.#ownerOf(entry));
  }

  /** Sets the times of folders: everything in them is there now. */
  finish(): void {
    for (const [path, mtime] of this.#directoryTimes) {
      ignoring(['ENOENT', 'ENOTDIR'], () => setModifiedTime(toCPath(path), mtime));
    }
  }

  /** Makes the folders that lead to `name`, where they are missing. */
  ensureParent(name: ByteString): void {
    const [parent] = splitName(name);
    if (parent === '' || parent === this.#knownParent) return;
    const components = parent.split('/');
    for (let depth = 1; depth <= components.length; depth++)
      this.#ensureDirectory(components.slice(0, depth).join('/'));
    this.#knownParent = parent;
  }

  #ensureDirectory(name: ByteString): void {
    const path = this.pathOf(name);
    const old = ignoring('ENOENT', () => lstatSync(toPath(path)));
    if (old === undefined) this.#policy.makeParent(path, name);
    else if (isWhiteout(old)) this.#whiteoutToDirectory(path, name, old);
    else if (!old.isDirectory() && !old.isSymbolicLink()) {
      throw new HakoError(
        'invalid',
        `${JSON.stringify(toText(name))} is not a folder, but the archive has files in it`,
      );
    }
  }

  #whiteoutToDirectory(path: ByteString, name: ByteString, old: Stats): void {
    removeTree(path);
    this.#policy.makeParent(path, name);
    this.#policy.onNewDirectory?.(path, old);
  }

  #ownerOf(entry: TarEntry): Owner {
    if (this.#owner !== undefined) return this.#owner;
    return { uid: toHostId(entry.uid, this.#mapping), gid: toHostId(entry.gid, this.#mapping) };
  }

  #directory(entry: TarEntry, name: ByteString, path: ByteString): void {
    const old = ignoring('ENOENT', () => lstatSync(toPath(path)));
    if (old !== undefined && !old.isDirectory()) {
      this.#policy.onReplace?.(name, old, entry);
      removeTree(path);
    }
    if (!old?.isDirectory()) mkdirSync(toPath(path), { mode: 0o700 });
    if (old !== undefined && !old.isDirectory()) this.#policy.onNewDirectory?.(path, old);
    this.#policy.onDirectory?.(path);
    applyToDirectory(path, entry, this.#ownerOf(entry));
    this.#directoryTimes.set(path, entry.mtime);
  }

  async #file(entry: TarEntry, name: ByteString, path: ByteString, body: Body): Promise<void> {
    const fd = this.#replacing(entry, name, path, () => openSync(toPath(path), NEW_FILE, 0o600));
    try {
      await copyBody(fd, entry, body);
      applyToFile(fd, entry, this.#ownerOf(entry));
    } finally {
      closeSync(fd);
    }
  }

  #hardLink(entry: TarEntry, name: ByteString, path: ByteString, target: ByteString): void {
    if (target === name) return;
    try {
      this.#replacing(entry, name, path, () => linkSync(toPath(this.pathOf(target)), toPath(path)));
    } catch (error) {
      const code = errnoCode(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EPERM' && code !== 'ELOOP') throw error;
      const problem = code === 'EPERM' ? 'cannot be linked' : 'is not in the archive';
      const [link, linked] = [toText(name), toText(target)].map((text) => JSON.stringify(text));
      throw new HakoError('invalid', `${link} is a hard link to ${linked}, which ${problem}`, { cause: error });
    }
  }

  #makeNode(entry: TarEntry, path: ByteString): void {
    if (entry.type === 'symlink') symlinkSync(toPath(entry.linkName), toPath(path));
    else if (entry.type === 'character' || entry.type === 'block' || entry.type === 'fifo') {
      const device = entry.type === 'fifo' ? 0n : makeDevice(entry.devMajor, entry.devMinor);
      makeNode(toCPath(path), NODE_TYPES[entry.type] | entry.mode, device);
    }
  }

  /** Makes something where nothing may be yet: what is in the way goes first. */
  #replacing<T>(entry: TarEntry, name: ByteString, path: ByteString, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw error;
    }
    this.#policy.onReplace?.(name, lstatSync(toPath(path)), entry);
    removeTree(path);
    return make();
  }
}

/** True when `path` is `ancestor` or lies below it. */
function liesWithin(path: ByteString, ancestor: ByteString): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}

/** overlayfs's whiteout: a character device 0:0. */
export function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}

async function copyBody(fd: number, entry: TarEntry, body: Body): Promise<void> {
  const fragments = entry.fragments;
  if (fragments === undefined) {
    for (let piece = await body.read(); piece !== undefined; piece = await body.read()) writePiece(fd, piece, null);
    return;
  }
  let piece: Buffer | undefined;
  for (const { offset, length } of fragments) {
    for (let done = 0; done < length; ) {
      if (piece === undefined || piece.length === 0) piece = await body.read();
      if (piece === undefined)
        throw new HakoError('invalid', 'the tar archive is damaged: a sparse file ends too early');
      const part = piece.subarray(0, length - done);
      writePiece(fd, part, offset + done);
      piece = piece.subarray(part.length);
      done += part.length;
    }
  }
  ftruncateSync(fd, entry.size);
}

function writePiece(fd: number, piece: Buffer, position: number | null): void {
  for (let done = 0; done < piece.length; ) {
    done += writeSync(fd, piece, done, piece.length - done, position === null ? null : position + done);
  }
}
