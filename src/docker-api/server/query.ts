import { HakoError } from '#base';

const FALSE = new Set(['', '0', 'no', 'false', 'none']);

/** Query parameters, read as Docker's daemon reads them. */
export class Query {
  readonly #params: URLSearchParams;

  constructor(search: string) {
    this.#params = new URLSearchParams(search);
  }

  /** The parameter's text; empty when it is absent. */
  text(name: string): string {
    return this.#params.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.#params.has(name);
  }

  all(name: string): string[] {
    return this.#params.getAll(name);
  }

  /** Anything but empty, `0`, `no`, `false` and `none` is true; `absent` is the answer without the parameter. */
  bool(name: string, absent = false): boolean {
    if (!this.#params.has(name)) return absent;
    return !FALSE.has(this.text(name).trim().toLowerCase());
  }

  /** A whole number; undefined when absent or empty. Throws `invalid` for anything else. */
  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
    throw new HakoError('invalid', `strconv.Atoi: parsing "${text}": invalid syntax (query parameter ${name})`);
  }
}
