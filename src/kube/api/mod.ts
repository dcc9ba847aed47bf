/** The vocabulary of the Kubernetes API: objects, statuses, schemas, resource rows, selectors. Imports base alone. */
export * from './field.ts';
export * from './object.ts';
export * from './resource.ts';
export * from './schema.ts';
export * from './selector/mod.ts';
export * from './status.ts';
