/** An overlay's upper folder as a layer (image-spec layer.md, "Change Types"). */
import type { IdRange } from '../../tree-mount.ts';
import { getXattr } from '../../xattr.ts';
import { type ByteString, toCPath } from '../bytes.ts';
import type { TarWriter } from '../tar/mod.ts';
import { OPAQUE_XATTR } from '../unpack/layer.ts';
import { isWhiteout } from '../unpack/writer.ts';
import { Packer } from './packer.ts';
import { type Found, walk } from './walk.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Packs the worker's root; answers the bytes of the files in it. */
export async function packLayer(tar: TarWriter, mapping?: IdRange): Promise<number> {
  const packer = new Packer(tar, mapping);
  for (const found of walk('/', ({ name }) => !isReserved(name))) {
    if (isReserved(found.name)) continue;
    if (isWhiteout(found.stat)) await addMarker(tar, siblingOf(found.name, WHITEOUT));
    else await addFile(packer, tar, found);
  }
  await tar.end();
  return packer.contentBytes;
}

async function addFile(packer: Packer, tar: TarWriter, { path, name, stat }: Found): Promise<void> {
  await packer.add(path, name, stat);
  if (stat.isDirectory() && isOpaque(path)) await addMarker(tar, `${name}/${OPAQUE}`);
}

/** A file that a container named like a whiteout cannot be told in a layer; left out, it at least deletes nothing. */
function isReserved(name: ByteString): boolean {
  return name.slice(name.lastIndexOf('/') + 1).startsWith(WHITEOUT);
}

function siblingOf(name: ByteString, prefix: string): ByteString {
  const slash = name.lastIndexOf('/') + 1;
  return `${name.slice(0, slash)}${prefix}${name.slice(slash)}`;
}

/** overlayfs marks a folder that hides what lies below it. */
export function isOpaque(path: ByteString): boolean {
  return getXattr(toCPath(path), OPAQUE_XATTR)?.toString('latin1') === 'y';
}

async function addMarker(tar: TarWriter, name: ByteString): Promise<void> {
  await tar.entry({ name, type: 'file', mode: 0o600 });
}
