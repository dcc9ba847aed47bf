const CHILD = -1;
const KEY = -2;

/**
 * Where in an object something is. Linked nodes that are printed on demand: walking a sound object builds no strings.
 * `new Path('spec').child('containers').index(0).child('name')` prints as `spec.containers[0].name`.
 */
export class Path {
  readonly #name: string;
  /** Position in a list, or CHILD or KEY. */
  readonly #at: number;
  readonly #parent: Path | undefined;

  constructor(name: string, parent?: Path, at = CHILD) {
    this.#name = name;
    this.#parent = parent;
    this.#at = at;
  }

  /** A field of the object here. */
  child(name: string): Path {
    return new Path(name, this);
  }

  /** An item of the list here. */
  index(at: number): Path {
    return new Path('', this, at);
  }

  /** An entry of the map here. */
  key(key: string): Path {
    return new Path(key, this, KEY);
  }

  toString(): string {
    const before = this.#parent === undefined ? '' : this.#parent.toString();
    if (this.#at >= 0) return `${before}[${this.#at}]`;
    if (this.#at === KEY) return `${before}[${this.#name}]`;
    return before === '' ? this.#name : `${before}.${this.#name}`;
  }
}

/** `metadata`. */
export const METADATA = new Path('metadata');

/** `spec`. */
export const SPEC = new Path('spec');

/** `status`. */
export const STATUS = new Path('status');
