/** admission */
export * from './contract.ts';
