import { errno, libc, SystemError } from './libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;
const EINTR = 4;
const EWOULDBLOCK = 11;

/** Takes an exclusive flock(2) on an open file; false when another process holds it. It ends with the last copy of the fd. */
export function tryLockFile(fd: number): boolean {
  if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const number = errno();
  if (number === EWOULDBLOCK) return false;
  throw new SystemError('flock', number, `fd ${fd}`);
}

/** Waits for an exclusive flock(2), which blocks the thread: for what others hold for milliseconds only. */
export function lockFile(fd: number): void {
  while (libc.flock(fd, LOCK_EX) !== 0) {
    const number = errno();
    if (number !== EINTR) throw new SystemError('flock', number, `fd ${fd}`);
  }
}
