/** auth */
export * from './contract.ts';
