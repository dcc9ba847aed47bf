import { execFileSync } from 'node:child_process';

const MAX_BYTES = 1 << 26;

export function xz(bytes: Buffer): Buffer {
  return execFileSync('xz', ['-c'], { input: bytes, maxBuffer: MAX_BYTES });
}

export function bzip2(bytes: Buffer): Buffer {
  return execFileSync('bzip2', ['-c'], { input: bytes, maxBuffer: MAX_BYTES });
}
