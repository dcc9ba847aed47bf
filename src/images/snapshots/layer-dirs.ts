import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import type { Trash } from './trash.ts';

/**
 * The folder below all layers: the places where every container gets something mounted. Images need not have them, and the
 * writable layer stays clean of what a runtime would make there (`docker diff`, commit).
 */
const BASE = 'base';
const BASE_FOLDERS = ['dev', 'proc', 'sys', 'etc'];
const BASE_FILES = ['etc/hostname', 'etc/hosts', 'etc/resolv.conf'];
const ID_BYTES = 4;

/**
 * The unpacked layers, <dir>/<short id>/fs each. Only root may look: images are full of setuid programs. A folder that no
 * row names is not a layer: recovery throws it away.
 */
export class LayerDirs {
  readonly dir: string;
  readonly #trash: Trash;

  constructor(dir: string, trash: Trash) {
    this.dir = dir;
    this.#trash = trash;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#makeBase();
  }

  #makeBase(): void {
    mkdirSync(this.pathOf(BASE), { recursive: true, mode: 0o755 });
    for (const name of BASE_FOLDERS) mkdirSync(join(this.pathOf(BASE), name), { recursive: true, mode: 0o755 });
    for (const name of BASE_FILES) {
      // Not touched when it is there: containers have it mounted.
      ignoring('EEXIST', () => writeFileSync(join(this.pathOf(BASE), name), '', { flag: 'wx', mode: 0o644 }));
    }
  }

  /** Makes a folder for a layer that is about to be unpacked. */
  create(): string {
    for (;;) {
      const id = randomBytes(ID_BYTES).readUInt32LE().toString(36);
      const isNew = ignoring('EEXIST', () => {
        mkdirSync(join(this.dir, id), { mode: 0o711 });
        return true;
      });
      if (isNew !== true) continue;
      mkdirSync(this.pathOf(id), { mode: 0o755 });
      return id;
    }
  }

  pathOf(id: string): string {
    return join(this.dir, id, 'fs');
  }

  /** The file that tells how the layer's tar is made again. */
  recipeOf(id: string): string {
    return join(this.dir, id, 'recipe');
  }

  /** Relative paths for overlayfs, top first, the base last. */
  relative(ids: readonly string[]): string[] {
    return [...ids, BASE].map((id) => `${id}/fs`);
  }

  remove(id: string): void {
    this.#trash.take(join(this.dir, id));
  }

  /** Throws away every folder that is not in `known`. */
  recover(known: ReadonlySet<string>): void {
    for (const id of readdirSync(this.dir)) if (id !== BASE && !known.has(id)) this.remove(id);
  }
}
