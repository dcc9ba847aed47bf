/** Reconcilers of the built-in kinds. */
export * from './contract.ts';
