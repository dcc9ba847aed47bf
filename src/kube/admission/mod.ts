/** Admission: what may change or refuse a write after it is allowed and before it is stored. */
export { type BuiltinOptions, builtinPlugins } from './builtin.ts';
export { READ_RESOURCES } from './common/resources.ts';
export * from './contract.ts';
export { CONFIGURATION_RESOURCES, type DynamicOptions, dynamicPlugins } from './dynamic.ts';
export type { ResourceTypes } from './matching/resource-types.ts';
export type * from './observer.ts';
export { PolicyStatus } from './policies/status.ts';
export { ensurePriorityClasses } from './priority/priority.ts';
// The quota controller counts as admission does.
export { type QuotaEvaluator, quotaEvaluator } from './quota/evaluator.ts';
export type { ResolveService, ServiceAddress } from './webhooks/https-client.ts';
