/** storage */
export * from './contract.ts';
