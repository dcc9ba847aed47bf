/** Endpoints: the addresses behind services, in one object each. */
export { endpointsController } from './controller.ts';
export { MANAGED_BY } from './plan.ts';
export type * from './types.ts';
