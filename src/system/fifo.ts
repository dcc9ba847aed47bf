/** Named pipes as a thread to another process's life: its end of the pipe closes when it dies, however it dies. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { ignoring } from '#base';
import { FileType, makeNode } from './node.ts';

/** Makes a FIFO at `path`, for the owner only. */
export function makeFifo(path: string): void {
  makeNode(path, FileType.FIFO | 0o600);
}

/**
 * Opens a FIFO for reading as a stream that ends when its last writer is gone; undefined when there is no writer now.
 * With `writerToCome` the caller promises to open the other end before the event loop turns.
 */
export function openFifo(path: string, options: { writerToCome?: boolean } = {}): Socket | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // Without a writer a read answers "end" but epoll stays silent: ask once before waiting.
  const buffer = Buffer.alloc(4096);
  const size = options.writerToCome ? undefined : ignoring('EAGAIN', () => readSync(fd, buffer));
  if (size === 0) {
    closeSync(fd);
    return undefined;
  }
  const socket = new Socket({ fd, readable: true, writable: false });
  if (size !== undefined) socket.unshift(buffer.subarray(0, size));
  return socket;
}

/** True while some process has the FIFO open for writing; false too where there is no FIFO. */
export function hasFifoWriter(path: string): boolean {
  const fd = ignoring('ENOENT', () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (fd === undefined) return false;
  try {
    return ignoring('EAGAIN', () => readSync(fd, Buffer.alloc(1))) !== 0;
  } finally {
    closeSync(fd);
  }
}

/** Opens the writing end of a FIFO that somebody reads; to be handed to a child process. */
export function openFifoWriter(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
}
