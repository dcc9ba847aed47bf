import { statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Size of the file; undefined when there is none. Takes microseconds for a file in use: its inode is in memory. */
export function fileSize(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Resolves when another file than now has the name `path`, or when the signal aborts. Looks from the call on. */
export function untilReplaced(path: string, signal: AbortSignal): Promise<void> {
  const before = identity(path);
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(dirname(path), () => {
    const now = identity(path);
    if (now !== undefined && now !== before) resolve();
  });
  watcher.on('error', () => resolve());
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => watcher.close());
}

function identity(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`;
}
