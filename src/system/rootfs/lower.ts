import { closeSync, constants, fstatSync, type Stats } from 'node:fs';
import { errnoCode } from '#base';
import { openInRoot, openRoot, statInRoot } from '../openat2.ts';
import { withFd } from '../tree-mount.ts';
import { getXattrOf } from '../xattr.ts';
import type { ByteString } from './bytes.ts';

const OPAQUE_XATTR = 'trusted.overlay.opaque';

/** A folder as the layers below show it: which of them take part, top first. */
export interface LowerDirectory {
  stat: Stats;
  /** Indexes of layers. Empty where an upper layer made the folder opaque. */
  layers: readonly number[];
}

/** What one name is in the layers below: nothing, something that is no folder, or a folder. */
export type LowerEntry = { stat: Stats; directory?: LowerDirectory } | undefined;

/**
 * The layers below an upper folder, looked up as overlayfs merges them. They are opened before the worker enters its root and
 * read through openat2 only.
 */
export class LowerLayers implements Disposable {
  readonly #roots: number[];

  constructor(dirs: readonly string[]) {
    this.#roots = dirs.map(openRoot);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#roots.splice(0)) closeSync(fd);
  }

  /** The root folder of all layers. */
  root(): LowerDirectory | undefined {
    return this.#merge('', this.#roots.keys().toArray())?.directory;
  }

  /** What `name` in the folder `parent` (at `parentName`) is. */
  child(parent: LowerDirectory, name: ByteString): LowerEntry {
    return this.#merge(name, parent.layers);
  }

  /** Looks up a whole path. */
  find(name: ByteString): Stats | undefined {
    let directory = this.root();
    let entry: LowerEntry;
    const parts = name.split('/');
    for (let depth = 1; depth <= parts.length; depth++) {
      if (directory === undefined) return undefined;
      entry = this.#merge(parts.slice(0, depth).join('/'), directory.layers);
      directory = entry?.directory;
    }
    return entry?.stat;
  }

  /** The topmost layer that has the name decides what it is; folders below it take part until something else is in the way. */
  #merge(name: ByteString, layers: readonly number[]): LowerEntry {
    let first: Stats | undefined;
    const parts: number[] = [];
    for (const layer of layers) {
      const stat = this.#stat(layer, name);
      if (stat === undefined) continue;
      if (stat.isCharacterDevice() && stat.rdev === 0) break;
      first ??= stat;
      if (!stat.isDirectory()) break;
      parts.push(layer);
      if (this.#isOpaque(layer, name)) break;
    }
    if (first === undefined) return undefined;
    return first.isDirectory() ? { stat: first, directory: { stat: first, layers: parts } } : { stat: first };
  }

  #stat(layer: number, name: ByteString): Stats | undefined {
    const root = this.#roots[layer];
    if (root === undefined) return undefined;
    return name === '' ? fstatSync(root) : statInRoot(root, Buffer.from(name, 'latin1'), { follow: false });
  }

  #isOpaque(layer: number, name: ByteString): boolean {
    const root = this.#roots[layer];
    if (root === undefined) return false;
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    try {
      return withFd(openInRoot(root, Buffer.from(name === '' ? '.' : name, 'latin1'), flags), (fd) => {
        return getXattrOf(fd, OPAQUE_XATTR)?.toString('latin1') === 'y';
      });
    } catch (error) {
      if (errnoCode(error) === 'ENOENT') return false;
      throw error;
    }
  }
}
