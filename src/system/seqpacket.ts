/** AF_UNIX SOCK_SEQPACKET, which Node.js has no API for: connections whose reads keep the boundaries of the writes. */
import { closeSync, openSync } from 'node:fs';
import { Socket as NetSocket, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { checked, libc } from './libc.ts';

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** The size of sockaddr_un.sun_path less its NUL. */
const MAX_PATH_BYTES = 107;

interface PipeHandle {
  open(fd: number): void;
}
interface PipeWrap {
  Pipe: new (type: number) => PipeHandle;
  constants: { SOCKET: number };
}
interface BindingProcess {
  binding(name: 'pipe_wrap'): PipeWrap;
}

function address(path: string): Buffer {
  const bytes = Buffer.alloc(2 + MAX_PATH_BYTES + 1);
  bytes.writeUInt16LE(AF_UNIX, 0);
  bytes.write(path, 2);
  return bytes;
}

function connectTo(path: string): number {
  const fd = checked(libc.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), 'socket');
  try {
    const target = address(path);
    checked(libc.connect(fd, target, target.length), 'connect', path);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Connects a file descriptor; a path too long for a socket address is reached through its folder's descriptor. */
function connectPath(path: string): number {
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return connectTo(path);
  const folder = openSync(dirname(path), 'r');
  try {
    return connectTo(`/proc/self/fd/${folder}/${basename(path)}`);
  } finally {
    closeSync(folder);
  }
}

/**
 * Connects to a seqpacket socket. Every 'data' event is one packet. Write one packet at a time, waiting for its callback:
 * two writes that wait together are merged into one. Throws SystemError (ECONNREFUSED, EAGAIN: its queue is full).
 */
export function connectSeqpacket(path: string): Socket {
  const { Pipe, constants } = (process as unknown as BindingProcess).binding('pipe_wrap');
  const handle = new Pipe(constants.SOCKET);
  handle.open(connectPath(path));
  return new NetSocket({ handle, readable: true, writable: true, allowHalfOpen: true } as object);
}
