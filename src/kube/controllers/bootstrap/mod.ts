export { bootstrapSigner, tokenCleaner } from './bootstrap.ts';
