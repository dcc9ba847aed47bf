import type { RuntimeNamespace } from '#system';
import type { OciRuntime } from '../contract.ts';
import type { RuntimeLayout } from './layout.ts';
import { type RuntimeTraits, traitsOf } from './traits.ts';

/** What every operation of the adapter needs. */
export interface ConmonContext {
  layout: RuntimeLayout;
  namespace: RuntimeNamespace;
  conmonPath: string;
  conmonCgroup: string | undefined;
  /** By path of the runtime program; a program that was not probed is trusted with the common command line only. */
  traits: ReadonlyMap<string, RuntimeTraits>;
}

export function traitsFor(context: ConmonContext, runtime: OciRuntime): RuntimeTraits {
  return context.traits.get(runtime.path) ?? traitsOf('other');
}
