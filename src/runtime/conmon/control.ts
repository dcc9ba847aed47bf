/** Messages to a running conmon through its control FIFO. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import type { TerminalSize } from '../contract.ts';
import { BundleFile } from './layout.ts';

const RESIZE = 1;
const REOPEN_LOG = 2;
/** conmon refuses greater ones. */
const MAX_CELLS = 1000;

/** Sends a line; nothing happens when conmon is gone. Answers whether it was sent. */
function send(folder: string, type: number, first: number, second: number): boolean {
  const path = join(folder, BundleFile.CONTROL);
  const fd = ignoring(['ENOENT', 'ENXIO'], () => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  if (fd === undefined) return false;
  try {
    return ignoring(['EAGAIN', 'EPIPE'], () => writeSync(fd, `${type} ${first} ${second}\n`)) !== undefined;
  } finally {
    closeSync(fd);
  }
}

/** Sets the size of the terminal that a conmon holds. */
export function sendResize(folder: string, { rows, columns }: TerminalSize): void {
  send(folder, RESIZE, Math.min(rows, MAX_CELLS), Math.min(columns, MAX_CELLS));
}

/** Makes conmon open its log file anew. */
export function sendReopenLog(folder: string): void {
  send(folder, REOPEN_LOG, 0, 0);
}
