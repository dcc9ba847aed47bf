import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * Gives a small file a new text and keeps its inode, which containers have bind-mounted: a rename would leave them with
 * the old file. A file that has the text already is not touched.
 */
export function writeInPlace(path: string, text: string): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  try {
    const bytes = Buffer.from(text);
    if (fstatSync(fd).size === bytes.length && readFileSync(fd).equals(bytes)) return;
    fchmodSync(fd, 0o644);
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written, undefined, written);
    ftruncateSync(fd, bytes.length);
  } finally {
    closeSync(fd);
  }
}
