export * from './active.ts';
export { namespaceController } from './namespace.ts';
