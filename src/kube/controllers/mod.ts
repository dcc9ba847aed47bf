/** Reconcilers of the built-in kinds. */

export { allControllers } from './all.ts';
export * from './contract.ts';
