import type { ImageProgress } from '#images';
import { familiarName } from '../present/names.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { bodyStream } from '../server/hijack.ts';
import { streamJson } from '../server/json-stream.ts';
import { announceImage } from './announce.ts';

const PROGRESS_PERIOD_MS = 100;

/** `POST /images/load?quiet`: the body is a docker-archive or an OCI layout as a tar, maybe compressed. */
export async function loadImages(exchange: Exchange, { engine }: Api): Promise<void> {
  await streamJson(exchange, async ({ send }) => {
    const onProgress = exchange.query.bool('quiet') ? {} : { onProgress: reporter(send) };
    const loaded = await engine.images.load(bodyStream(exchange), { ...onProgress, signal: exchange.signal });
    for (const { image, reference } of loaded) {
      const text = reference ? `Loaded image: ${familiarName(reference)}` : `Loaded image ID: ${image.id}`;
      announceImage(engine, 'load', image, reference);
      await send({ stream: `${text}\n` });
    }
  });
}

/** Sends progress at most ten times a second for each id, and every change of words. */
function reporter(send: (value: unknown) => Promise<void>): (progress: ImageProgress) => void {
  const last = new Map<string, { atMs: number; status: string }>();
  return (progress) => {
    const key = progress.id ?? '';
    const before = last.get(key);
    const isDone = progress.currentBytes !== undefined && progress.currentBytes === progress.totalBytes;
    const nowMs = performance.now();
    if (before?.status === progress.status && !isDone && nowMs - before.atMs < PROGRESS_PERIOD_MS) return;
    last.set(key, { atMs: nowMs, status: progress.status });
    void send(presentProgress(progress));
  };
}

/** One progress line of docker's JSON streams. */
function presentProgress({ id, status, currentBytes, totalBytes }: ImageProgress) {
  const progressDetail =
    currentBytes === undefined
      ? {}
      : { current: currentBytes, ...(totalBytes === undefined ? {} : { total: totalBytes }) };
  return { status, progressDetail, ...(id === undefined ? {} : { id }) };
}
