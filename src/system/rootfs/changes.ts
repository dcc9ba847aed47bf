import type { Stats } from 'node:fs';
import { type ByteString, toText } from './bytes.ts';
import type { RootfsChange } from './contract.ts';
import type { LowerDirectory, LowerLayers } from './lower.ts';
import { isOpaque } from './pack/layer.ts';
import { walk } from './pack/walk.ts';
import { isWhiteout } from './unpack/writer.ts';

/** What the worker's root, an overlay's upper folder, changes of the layers below, as `docker diff` tells it. */
export function changesOf(lowers: LowerLayers): RootfsChange[] {
  const changes = new Map<ByteString, RootfsChange['kind']>();
  const folders = new Map<ByteString, LowerDirectory | undefined>([['', lowers.root()]]);
  for (const { name, path, stat } of walk('/')) {
    const parent = folders.get(parentOf(name));
    const lower = parent === undefined ? undefined : lowers.child(parent, name);
    if (stat.isDirectory()) folders.set(name, isOpaque(path) ? undefined : lower?.directory);
    const kind = kindOf(stat, lower?.stat);
    if (kind === undefined) continue;
    changes.set(name, kind);
    markParents(changes, name);
  }
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, kind]) => ({ path: `/${toText(name)}`, kind }));
}

function parentOf(name: ByteString): ByteString {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

/** A folder is in the upper layer already when something in it changed; it counts only when it changed itself. */
function kindOf(stat: Stats, lower: Stats | undefined): RootfsChange['kind'] | undefined {
  if (isWhiteout(stat)) return lower === undefined ? undefined : 'deleted';
  if (lower === undefined) return 'added';
  const same = stat.isDirectory() && lower.isDirectory() && stat.mode === lower.mode && stat.mtimeMs === lower.mtimeMs;
  return same ? undefined : 'modified';
}

/** Docker lists the folders that lead to a change as changed. */
function markParents(changes: Map<ByteString, RootfsChange['kind']>, name: ByteString): void {
  for (let parent = parentOf(name); parent !== '' && !changes.has(parent); parent = parentOf(parent)) {
    changes.set(parent, 'modified');
  }
}
