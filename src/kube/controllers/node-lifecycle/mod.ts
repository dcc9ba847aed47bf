import type { Controller } from '../contract.ts';
import { BY_NODE, NodeLifecycle } from './node-lifecycle.ts';

export type * from './types.ts';
export { BY_NODE };

/** Upstream's node lifecycle controller. */
export const nodeLifecycle: Controller = {
  name: 'node-controller',
  start: (context) => new NodeLifecycle(context),
};
