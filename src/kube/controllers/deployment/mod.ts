/** Deployments: ReplicaSets that follow each other. */
export { deploymentController } from './controller.ts';
export type * from './types.ts';
