import { createHash } from 'node:crypto';
import type { Digest } from '#base';

export function digestOf(bytes: Buffer, algorithm: 'sha256' | 'sha512'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
