/**
 * Request bodies, decoded as Go's encoding/json decodes them into Docker's types: unknown fields are ignored, null
 * means absent, keys match without regard to case, and a value of the wrong type is an error that names the field.
 *
 * Written here because a schema library costs the daemon 20–30 MB of memory and 150 ms of start-up (measured with
 * TypeBox 1.4: +28 MB, 153 ms), a third of what the idle daemon may take; docs/design says more.
 */
import { HakoError } from '#base';

/** Decodes one kind of JSON value. `path` names the field in errors; it is empty at the top. */
export interface Shape<T> {
  decode(value: unknown, path: string): T;
}

/** The TypeScript type that a shape decodes to. */
export type Decoded<S> = S extends Shape<infer T> ? T : never;

type Fields = Record<string, Shape<unknown>>;
type DecodedFields<F extends Fields> = { [K in keyof F]?: Decoded<F[K]> };

function mismatch(value: unknown, path: string, wanted: string): HakoError {
  const got = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  return new HakoError('invalid', `invalid JSON: ${path === '' ? 'the body' : path} must be ${wanted}, not ${got}`);
}

function scalar<T>(wanted: string, accepts: (value: unknown) => value is T): Shape<T> {
  return {
    decode(value, path) {
      if (accepts(value)) return value;
      throw mismatch(value, path, wanted);
    },
  };
}

export const text = scalar('a string', (value) => typeof value === 'string');
export const flag = scalar('a boolean', (value) => typeof value === 'boolean');
/** Go's int64; numbers beyond 2⁵³ lose their last digits, which no limit needs. */
export const integer = scalar('an integer', (value): value is number => Number.isInteger(value));
/** An empty object, as in `ExposedPorts`. */
export const emptyObject = scalar('an object', (value): value is object => typeof value === 'object' && value !== null);

/** A list; its elements may not be null. */
export function list<T>(item: Shape<T>): Shape<T[]> {
  return {
    decode(value, path) {
      if (!Array.isArray(value)) throw mismatch(value, path, 'an array');
      return value.map((element, index) => item.decode(element, `${path}[${index}]`));
    },
  };
}

/** Docker's `strslice`: a list of strings, or one string that stands for itself. */
export const textOrList: Shape<string[]> = {
  decode: (value, path) => (typeof value === 'string' ? [value] : list(text).decode(value, path)),
};

/** An object with free keys. Null values are kept out, unless `nullAs` says what they mean. */
export function mapOf<T>(item: Shape<T>, nullAs?: () => T): Shape<Record<string, T>> {
  return {
    decode(value, path) {
      const entries = Object.entries(asObject(value, path)).flatMap(([key, element]): [string, T][] => {
        if (element !== null) return [[key, item.decode(element, `${path}[${JSON.stringify(key)}]`)]];
        return nullAs === undefined ? [] : [[key, nullAs()]];
      });
      return Object.fromEntries(entries);
    },
  };
}

/** An object with known fields, each of which may be absent. */
export function object<F extends Fields>(fields: F): Shape<DecodedFields<F>> {
  const names = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
  return {
    decode(value, path) {
      const result: Record<string, unknown> = {};
      for (const [key, element] of Object.entries(asObject(value, path))) {
        const name = Object.hasOwn(fields, key) ? key : names.get(key.toLowerCase());
        const shape = name === undefined ? undefined : fields[name];
        if (name === undefined || shape === undefined || element === null) continue;
        result[name] = shape.decode(element, path === '' ? name : `${path}.${name}`);
      }
      return result as DecodedFields<F>;
    },
  };
}

/** Two integers, as in `ConsoleSize`. */
export const pair: Shape<[number, number]> = {
  decode(value, path) {
    const [first = 0, second = 0] = list(integer).decode(value, path);
    return [first, second];
  },
};

/** Gives absent fields the values that Go would give them. */
export function withDefaults<T extends object, D extends Partial<T>>(
  shape: Shape<T>,
  defaults: D,
): Shape<Omit<T, keyof D> & D> {
  return { decode: (value, path) => ({ ...defaults, ...shape.decode(value, path) }) };
}

/** An object of which one field must be there; `message` is for the client that left it out. */
export function withRequired<T extends object, K extends keyof T>(
  shape: Shape<T>,
  field: K,
  message: string,
): Shape<Omit<T, K> & { [P in K]-?: NonNullable<T[P]> }> {
  return {
    decode(value, path) {
      const decoded = shape.decode(value, path);
      const given = decoded[field];
      if (given === undefined || given === null) throw new HakoError('invalid', message);
      return { ...decoded, [field]: given } as Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
    },
  };
}

/** One of a few words; `describe` makes the message for any other. */
export function word<const T extends string>(words: readonly T[], describe: (given: string) => string): Shape<T> {
  return {
    decode(value, path) {
      const given = text.decode(value, path);
      const found = words.find((each) => each === given);
      if (found === undefined) throw new HakoError('invalid', describe(given));
      return found;
    },
  };
}

function asObject(value: unknown, path: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw mismatch(value, path, 'an object');
}
