/** Owner, mode, attributes and times of what was made, in the order in which the kernel keeps them. */
import { chmodSync, fchmodSync, fchownSync, lchownSync } from 'node:fs';
import { errnoCode } from '#base';
import { setModifiedTime, setModifiedTimeOf } from '../../node.ts';
import { setXattr, setXattrOf } from '../../xattr.ts';
import { type ByteString, toCPath, toPath } from '../bytes.ts';
import { isCarried } from '../carried.ts';
import type { Owner } from '../contract.ts';
import type { TarEntry } from '../tar/mod.ts';

/** Changing the owner clears setuid bits and capabilities, so it comes first; writing an attribute changes the times, so they come last. */
export function applyToFile(fd: number, entry: TarEntry, owner: Owner): void {
  fchownSync(fd, owner.uid, owner.gid);
  fchmodSync(fd, entry.mode);
  for (const [name, value] of carried(entry)) tolerant(name, () => setXattrOf(fd, name, value));
  setModifiedTimeOf(fd, entry.mtime);
}

/** As `applyToFile`, but the time of a folder is set when everything in it is there. */
export function applyToDirectory(path: ByteString, entry: TarEntry, owner: Owner): void {
  lchownSync(toPath(path), owner.uid, owner.gid);
  chmodSync(toPath(path), entry.mode);
  applyXattrs(path, entry);
}

/** For links, devices and FIFOs, which are never opened. */
export function applyToNode(path: ByteString, entry: TarEntry, owner: Owner): void {
  lchownSync(toPath(path), owner.uid, owner.gid);
  applyXattrs(path, entry);
  setModifiedTime(toCPath(path), entry.mtime);
}

function applyXattrs(path: ByteString, entry: TarEntry): void {
  for (const [name, value] of carried(entry)) {
    const possible = !name.startsWith('user.') || entry.type === 'directory';
    if (possible) tolerant(name, () => setXattr(toCPath(path), name, value));
  }
}

function carried(entry: TarEntry): [string, Buffer][] {
  return [...entry.xattrs].filter(([name]) => isCarried(name));
}

/** A file system without user attributes or ACLs holds the file all the same; a lost capability would break it. */
function tolerant(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (errnoCode(error) !== 'ENOTSUP' || name === 'security.capability') throw error;
  }
}
