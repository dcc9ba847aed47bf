import { Functions, standardFunctions } from './functions/library.ts';
import type { Overload } from './functions/overload.ts';
import type { CelType } from './types/type.ts';

/** What expressions of one place may name: variables with their types, and functions besides those of Kubernetes. */
export interface CelEnvironment {
  /** Names may have dots: `authorizer.requestResource`. */
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: Functions;
}

/** Makes an environment; cheap, the standard functions are shared. */
export function celEnvironment(
  variables: Iterable<readonly [name: string, type: CelType]>,
  overloads: readonly Overload[] = [],
): CelEnvironment {
  const functions = overloads.length === 0 ? standardFunctions() : new Functions(overloads, standardFunctions());
  return { variables: new Map(variables), functions };
}
