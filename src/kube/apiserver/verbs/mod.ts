/** What handlers of subresources build on: reading bodies, writing objects. */
export { admit, attributesOf, validateAdmission } from './admit.ts';
export { checkObject, decodeBody, readObject } from './body.ts';
export { createObject } from './create.ts';
export { type DeleteOptions, deleteOptions, removeWith } from './delete.ts';
export type { Disposition, Machinery, WriteHook } from './machinery.ts';
export { checkPreconditions } from './metadata.ts';
export { kindOf, resourceOf, type Target } from './target.ts';
export { type UpdatePlan, writeUpdate } from './update.ts';
export { type WriteOptions, writeOptions } from './write-options.ts';
