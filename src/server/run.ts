import { closeSync, writeSync } from 'node:fs';
import { errorMessage, log } from '#base';
import type { ServerOptions } from './options.ts';
import { startServer } from './server.ts';

/** `hako server`: serves until SIGTERM or SIGINT. Where HAKO_READY_FD names a descriptor, `ready` or the error is written to it. */
export async function runServer(options: ServerOptions, onReady: () => void = () => undefined): Promise<void> {
  try {
    await using server = await startServer(options);
    reportReadiness('ready');
    onReady();
    process.stdout.write(`The Kubernetes API is served at ${server.url}\n`);
    await untilTold();
    log.info('the API server stops');
  } catch (error) {
    reportReadiness(`error: ${errorMessage(error)}`);
    throw error;
  }
}

function reportReadiness(message: string): void {
  const fd = Number(process.env.HAKO_READY_FD ?? Number.NaN);
  if (Number.isNaN(fd)) return;
  delete process.env.HAKO_READY_FD;
  writeSync(fd, `${message}\n`);
  closeSync(fd);
}

function untilTold(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  return promise;
}
