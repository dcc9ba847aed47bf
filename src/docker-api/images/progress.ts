import type { ImageProgress } from '#images';

const PERIOD_MS = 100;

/** Sends progress at most ten times a second for each id, and every change of words. */
export function progressSender(send: (value: unknown) => Promise<void>): (progress: ImageProgress) => void {
  const last = new Map<string, { atMs: number; status: string }>();
  return (progress) => {
    const key = progress.id ?? '';
    const before = last.get(key);
    const isDone = progress.currentBytes !== undefined && progress.currentBytes === progress.totalBytes;
    const nowMs = performance.now();
    if (before?.status === progress.status && !isDone && nowMs - before.atMs < PERIOD_MS) return;
    last.set(key, { atMs: nowMs, status: progress.status });
    // Progress is a courtesy: when it cannot be sent the client is gone, and the work ends by its signal.
    send(presentProgress(progress)).catch(() => undefined);
  };
}

/** One progress line of docker's JSON streams. */
function presentProgress({ id, status, currentBytes, totalBytes, aux }: ImageProgress) {
  if (aux !== undefined) return { progressDetail: {}, aux };
  const total = totalBytes === undefined ? {} : { total: totalBytes };
  const progressDetail = currentBytes === undefined ? {} : { current: currentBytes, ...total };
  return { status, ...(id === undefined ? {} : { progressDetail, id }) };
}
