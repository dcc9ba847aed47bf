/** The folders of one run of a benchmark. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { PeerFolders } from '../peers/mod.ts';

/** A folder on the disk and one in memory, both removed at the end. Names are short, for sockets live there. */
export class BenchFolders implements Disposable {
  readonly disk = mkdtempSync('/var/tmp/hako-bench-');
  readonly memory = mkdtempSync('/dev/shm/hako-bench-');

  /** Makes the folders of an engine. */
  of(peer: string): PeerFolders {
    const folders = { folder: `${this.disk}/${peer}`, runFolder: `${this.memory}/${peer}` };
    for (const path of Object.values(folders)) mkdirSync(path);
    return folders;
  }

  [Symbol.dispose](): void {
    for (const path of [this.disk, this.memory]) rmSync(path, { recursive: true, force: true });
  }
}
