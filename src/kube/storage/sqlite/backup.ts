import { rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorMessage } from '#base';
import { internalError } from '#kube/api';

/** Copies the database of a running storage to `file`. The copying runs in a thread of its own, from one snapshot. */
export async function backup(path: string, file: string): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await copySnapshot(path, partial);
    await sync(partial);
    await rename(partial, file);
    await sync(dirname(file));
  } catch (error) {
    rmSync(partial, { force: true });
    throw internalError(`${path} cannot be backed up to ${file}: ${errorMessage(error)}`, error);
  }
}

function copySnapshot(path: string, partial: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(new URL('./backup-worker.ts', import.meta.url), {
    name: 'kube-storage-backup',
    workerData: { path, partial },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  worker.on('error', reject);
  worker.on('exit', resolve);
  return promise;
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
