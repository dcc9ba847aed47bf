import { addresses } from './addresses.ts';
import { arithmetic } from './arithmetic.ts';
import { conversions } from './conversions.ts';
import { formats } from './formats.ts';
import { lists } from './lists.ts';
import { maths } from './math.ts';
import { optionals } from './optionals.ts';
import type { Overload } from './overload.ts';
import { quantities } from './quantities.ts';
import { relations } from './relations.ts';
import { semvers } from './semver.ts';
import { strings } from './strings.ts';
import { times } from './times.ts';
import { urls } from './urls.ts';

/** Functions by name, methods apart from the rest. */
export class Functions {
  readonly #functions = new Map<string, Overload[]>();
  readonly #methods = new Map<string, Overload[]>();
  readonly #base: Functions | undefined;

  constructor(overloads: readonly Overload[], base?: Functions) {
    this.#base = base;
    for (const overload of overloads) {
      const { name, isMethod } = overload.signature;
      const all = isMethod ? this.#methods : this.#functions;
      const known = all.get(name);
      if (known === undefined) all.set(name, [overload]);
      else known.push(overload);
    }
  }

  functions(name: string): readonly Overload[] {
    return [...(this.#base?.functions(name) ?? []), ...(this.#functions.get(name) ?? [])];
  }

  methods(name: string): readonly Overload[] {
    return [...(this.#base?.methods(name) ?? []), ...(this.#methods.get(name) ?? [])];
  }
}

let standard: Functions | undefined;

/** What every expression of Kubernetes can call: CEL's own functions and Kubernetes' libraries. Made when it is first needed. */
export function standardFunctions(): Functions {
  standard ??= new Functions([
    ...arithmetic(),
    ...relations(),
    ...conversions(),
    ...times(),
    ...strings(),
    ...lists(),
    ...optionals(),
    ...maths(),
    ...quantities(),
    ...urls(),
    ...addresses(),
    ...semvers(),
    ...formats(),
  ]);
  return standard;
}
