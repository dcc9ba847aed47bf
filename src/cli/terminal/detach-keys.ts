/** The keys that leave a container running: `ctrl-p,ctrl-q` unless --detach-keys says otherwise. */
import { UsageError } from '../errors.ts';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/** The bytes of a sequence such as `ctrl-a,x` or `ctrl-@`. Throws UsageError. */
export function parseDetachKeys(text: string): Buffer {
  return Buffer.from(text.split(',').map(keyByte));
}

function keyByte(key: string): number {
  if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
  const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key.toLowerCase())?.[1];
  if (control !== undefined) return control.toUpperCase().charCodeAt(0) - 64;
  throw new UsageError(`"${key}" is no key: write a letter or ctrl-<letter>, joined by commas`);
}

/** The scanner for what --detach-keys said; '' means the default. */
export function detachScanner(keys: string): DetachScanner {
  return new DetachScanner(parseDetachKeys(keys || DEFAULT_DETACH_KEYS));
}

/** Finds the sequence in what is typed, also when it comes byte by byte. */
export class DetachScanner {
  readonly #keys: Buffer;
  /** How many keys of the sequence were typed; these bytes are held back. */
  #matched = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What to pass on of `chunk`, and whether the sequence is complete. */
  scan(chunk: Buffer): { forward: Buffer; detached: boolean } {
    const forward: number[] = [];
    for (const byte of chunk) {
      if (byte !== this.#keys[this.#matched]) {
        forward.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) forward.push(byte);
      else if (++this.#matched === this.#keys.length) return { forward: Buffer.from(forward), detached: true };
    }
    return { forward: Buffer.from(forward), detached: false };
  }
}
