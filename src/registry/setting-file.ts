import { errorMessage, HakoError } from '#base';

/** Runs `work`, which uses a file that the settings name. Throws `invalid` that says which and why. */
export function usingFile<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof HakoError) throw cause;
    throw new HakoError('invalid', `cannot use the ${what} ${path}: ${errorMessage(cause)}`, { cause });
  }
}
