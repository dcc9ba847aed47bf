import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Makes the names in a folder durable: a rename counts only then. */
export function fsyncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the bytes of a file, or the names in a folder, durable, off the event loop. */
export async function fsyncFile(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}
