/** Layers: whiteouts become what overlayfs understands (image-spec layer.md; overlayfs.rst, "whiteouts and opaque directories"). */
import { lstatSync } from 'node:fs';
import { HakoError, ignoring } from '#base';
import { FileType, makeNode } from '../../node.ts';
import { setXattr } from '../../xattr.ts';
import { type ByteString, toCPath, toPath, toText } from '../bytes.ts';
import type { Meter } from '../limits.ts';
import type { TarReader } from '../tar/mod.ts';
import type { ImpliedDirectories } from './implied.ts';
import { cleanName, splitName } from './names.ts';
import { isWhiteout, TreeWriter, type WriterPolicy } from './writer.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Names that aufs kept for itself; Docker skips them too. */
const AUFS = '.wh..wh.';
export const OPAQUE_XATTR = 'trusted.overlay.opaque';
const YES = Buffer.from('y');

/** Unpacks a layer into the worker's root, `/`. */
export async function unpackLayer(reader: TarReader, meter: Meter, directories: ImpliedDirectories): Promise<void> {
  const writer = new TreeWriter('/', layerPolicy(directories));
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    meter.entry(entry.size);
    const name = cleanName(entry.name, meter);
    const [parent, base] = splitName(name);
    if (isOfAufs(name)) continue;
    if (parent.split('/').some((part) => part.startsWith(WHITEOUT))) throw strangeWhiteout(name);
    if (base.startsWith(WHITEOUT)) applyWhiteout(writer, name);
    else
      await writer.write(entry, name, reader, entry.type === 'hardlink' ? cleanName(entry.linkName, meter) : undefined);
  }
  writer.finish();
}

function isOfAufs(name: ByteString): boolean {
  return name.split('/').some((part) => part.startsWith(AUFS) && part !== OPAQUE);
}

function strangeWhiteout(name: ByteString): HakoError {
  return new HakoError('invalid', `${JSON.stringify(toText(name))} is not a whiteout that can mean anything`);
}

function layerPolicy(directories: ImpliedDirectories): WriterPolicy {
  return {
    onNewDirectory: (path, replaced) => {
      if (isWhiteout(replaced)) makeOpaque(path);
    },
    makeParent: (path, name) => directories.make(path, name),
    onDirectory: (path) => directories.bring(path),
  };
}

function makeOpaque(path: ByteString): void {
  setXattr(toCPath(path), OPAQUE_XATTR, YES);
}

function applyWhiteout(writer: TreeWriter, name: ByteString): void {
  const [parent, base] = splitName(name);
  if (base === OPAQUE) {
    writer.ensureParent(name);
    makeOpaque(writer.pathOf(parent));
    return;
  }
  const hidden = base.slice(WHITEOUT.length);
  if (hidden === '' || hidden === '.' || hidden === '..') throw strangeWhiteout(name);
  writer.ensureParent(name);
  hideLower(writer.pathOf(parent === '' ? hidden : `${parent}/${hidden}`));
}

/** A whiteout hides what lies below, never what this layer itself brings, whatever their order. */
function hideLower(path: ByteString): void {
  const own = ignoring('ENOENT', () => lstatSync(toPath(path)));
  if (own === undefined) makeNode(toCPath(path), FileType.CHARACTER, 0n);
  else if (own.isDirectory()) makeOpaque(path);
}
