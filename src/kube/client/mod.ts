/** client */
export * from './contract.ts';
