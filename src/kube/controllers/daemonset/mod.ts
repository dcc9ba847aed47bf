/** DaemonSets: one pod a node. */
export { daemonSetController } from './controller.ts';
export { nodeFit } from './node-fit.ts';
export type * from './types.ts';
