/** StatefulSets: pods with names. */
export { statefulSetController } from './controller.ts';
export type * from './types.ts';
