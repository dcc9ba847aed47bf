import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import type { Trash } from './trash.ts';

/** The folder that stands for "no layers": overlayfs wants at least one. */
const EMPTY = 'empty';
const ID_BYTES = 4;

/**
 * The unpacked layers, <dir>/<short id>/fs each. Only root may look: images are full of setuid programs. A folder that no row names is not a layer: recovery throws it away.
 */
export class LayerDirs {
  readonly dir: string;
  readonly #trash: Trash;

  constructor(dir: string, trash: Trash) {
    this.dir = dir;
    this.#trash = trash;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    mkdirSync(this.pathOf(EMPTY), { recursive: true, mode: 0o755 });
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

  /** Relative paths for overlayfs, never empty. */
  relative(ids: readonly string[]): string[] {
    return (ids.length === 0 ? [EMPTY] : ids).map((id) => `${id}/fs`);
  }

  remove(id: string): void {
    this.#trash.take(join(this.dir, id));
  }

  /** Throws away every folder that is not in `known`. */
  recover(known: ReadonlySet<string>): void {
    for (const id of readdirSync(this.dir)) if (id !== EMPTY && !known.has(id)) this.remove(id);
  }
}
