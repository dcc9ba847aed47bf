/** The OCI runtime: spec generation, the runtime port, its conmon adapter and its fake. */
export * from './contract.ts';
export type * from './oci-spec.ts';
export type * from './spec/input.ts';
