import { HakoError } from '#base';

/** A table of a TOML file whose values are checked as they are read. Names the file in its errors. */
export class Table {
  readonly #values: Record<string, unknown>;
  readonly #path: string;

  constructor(values: Record<string, unknown>, path: string) {
    this.#values = values;
    this.#path = path;
  }

  invalid(key: string, what: string): HakoError {
    return new HakoError('invalid', `${this.#path}: "${key}" ${what}`);
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined || typeof value === 'string') return value;
    throw this.invalid(key, 'must be a string');
  }

  bool(key: string): boolean {
    const value = this.#values[key];
    if (value === undefined || typeof value === 'boolean') return value === true;
    throw this.invalid(key, 'must be true or false');
  }

  /** A string, or a list of strings. */
  list(key: string): string[] | undefined {
    const value = this.#values[key];
    return value === undefined ? undefined : this.#strings(key, value);
  }

  /** Client certificates: one file with both parts, a list of such files, or a list of pairs of certificate and key. */
  pairs(key: string): [first: string, second: string][] {
    const value = this.#values[key];
    const entries = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return entries.map((entry) => {
      const [first, second] = this.#strings(key, entry);
      if (first === undefined) throw this.invalid(key, 'has an empty entry');
      return [first, second || first];
    });
  }

  headers(key: string): Record<string, string> {
    const entries = this.#recordOf(key);
    return Object.fromEntries(entries.map(([name, value]) => [name, this.#strings(key, value).join(', ')]));
  }

  /** The tables below `key`, in the order of the file. */
  tables(key: string): [name: string, table: Table][] {
    return this.#recordOf(key).map(([name, value]) => {
      if (!isRecord(value)) throw this.invalid(`${key}.${name}`, 'must be a table');
      return [name, new Table(value, this.#path)];
    });
  }

  #recordOf(key: string): [string, unknown][] {
    const value = this.#values[key];
    if (value === undefined) return [];
    if (!isRecord(value)) throw this.invalid(key, 'must be a table');
    return Object.entries(value);
  }

  #strings(key: string, value: unknown): string[] {
    const list = Array.isArray(value) ? value : [value];
    if (list.every((each) => typeof each === 'string')) return list;
    throw this.invalid(key, 'must be a string or a list of strings');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
