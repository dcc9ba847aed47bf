import type { Controller } from './contract.ts';

/** Every controller that needs no node, in the order in which they start. */
export function allControllers(): readonly Controller[] {
  return [];
}
