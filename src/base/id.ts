import { randomBytes } from 'node:crypto';

/** A new random identifier: 64 lower-case hexadecimal digits, as Docker and CRI use for containers, networks and execs. */
export function newId(): string {
  return randomBytes(32).toString('hex');
}

/** The 12 digits that people see. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}
