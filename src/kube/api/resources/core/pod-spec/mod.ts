/** The specification of pods: its types, defaults and validation, for pods and for every kind that has a template of them. */
export * from './defaults.ts';
export type * from './types.ts';
export * from './validate.ts';
export { setClaimSpecDefaults, setSourceDefaults } from './volume-defaults.ts';
export type * from './volume-types.ts';
