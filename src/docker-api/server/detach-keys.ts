import { HakoError } from '#base';

const DEFAULT_KEYS = 'ctrl-p,ctrl-q';

/** Parses `ctrl-p,ctrl-q` or single characters into bytes; empty text means the default. Throws `invalid`. */
export function parseDetachKeys(text: string): Buffer {
  return Buffer.from((text || DEFAULT_KEYS).split(',').map(parseKey));
}

function parseKey(key: string): number {
  if (key.length === 1) return key.charCodeAt(0) & 0x7f;
  const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1];
  if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
  throw new HakoError('invalid', `invalid detach keys: "${key}": write a character or ctrl-<a-z, @, [, ], \\, ^ or _>`);
}

/** Watches input for the detach sequence. Keys that might begin it are held back until it is clear that they don't. */
export class DetachWatcher {
  readonly #keys: Buffer;
  #matched = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What may pass on to the process, and whether the sequence is complete. */
  feed(input: Uint8Array): { forward: Buffer; detached: boolean } {
    const forward: number[] = [];
    for (const byte of input) {
      if (byte !== this.#keys[this.#matched] && this.#matched > 0) {
        forward.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte === this.#keys[this.#matched]) this.#matched++;
      else forward.push(byte);
      if (this.#matched === this.#keys.length) return { forward: Buffer.from(forward), detached: true };
    }
    return { forward: Buffer.from(forward), detached: false };
  }
}
