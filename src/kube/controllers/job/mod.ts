/** Jobs: pods that end. */
export { jobController } from './controller.ts';
export { isFinished } from './plan.ts';
export type * from './types.ts';
