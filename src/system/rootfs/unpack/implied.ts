import { chmodSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { ignoring } from '#base';
import { type ByteString, toPath } from '../bytes.ts';
import type { ImpliedDirectory } from '../contract.ts';
import type { LowerLayers } from '../lower.ts';

/** Hardly any layer has one; a hostile one is unpacked again when the layers below are there. */
const MAX_UNSETTLED = 1000;

/**
 * Folders that a layer leaves out although it has something in them: they are meant as the layers below have them. While those are
 * still being unpacked, the folders are only noted.
 */
export class ImpliedDirectories {
  readonly #lowers: LowerLayers | undefined;
  readonly #unsettled = new Map<number, ByteString>();
  #isTooMany = false;

  constructor(lowers: LowerLayers | undefined) {
    this.#lowers = lowers;
  }

  make(path: ByteString, name: ByteString): void {
    mkdirSync(toPath(path), { mode: 0o755 });
    if (this.#lowers !== undefined) imitate(path, name, this.#lowers);
    else if (this.#unsettled.size === MAX_UNSETTLED) this.#isTooMany = true;
    else this.#unsettled.set(lstatSync(toPath(path)).ino, name);
  }

  /** The layer does have the folder, later on: then its own word counts. */
  bring(path: ByteString): void {
    if (this.#unsettled.size > 0) this.#unsettled.delete(lstatSync(toPath(path)).ino);
  }

  unsettled(): ImpliedDirectory[] | 'too many' {
    return this.#isTooMany ? 'too many' : [...this.#unsettled].map(([inode, name]) => ({ inode, name }));
  }
}

/** Does afterwards what had to wait for the layers below. What the layer has replaced meanwhile is left alone. */
export function settle(implied: readonly ImpliedDirectory[], lowers: LowerLayers): void {
  for (const { name, inode } of implied) {
    const path = `/${name}`;
    const own = ignoring(['ENOENT', 'ENOTDIR', 'ELOOP'], () => lstatSync(toPath(path)));
    if (own?.isDirectory() && own.ino === inode) imitate(path, name, lowers);
  }
}

function imitate(path: ByteString, name: ByteString, lowers: LowerLayers): void {
  const lower = lowers.find(name);
  if (!lower?.isDirectory()) return;
  lchownSync(toPath(path), lower.uid, lower.gid);
  chmodSync(toPath(path), lower.mode & 0o7777);
}
