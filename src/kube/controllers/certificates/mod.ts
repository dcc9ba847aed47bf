export { csrApprover } from './approve.ts';
export { csrCleaner } from './clean.ts';
export { csrSigner } from './sign.ts';
