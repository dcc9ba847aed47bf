/** The OCI runtime: spec generation, the runtime port, its conmon adapter and its fake. */

export type { CdiEdits } from './cdi/edits.ts';
export { CDI_FOLDERS, CdiRegistry, isCdiDevice } from './cdi/registry.ts';
export { startFailureExitCode } from './conmon/errors.ts';
export { ConmonRuntime, type ConmonRuntimeOptions } from './conmon/runtime.ts';
export * from './contract.ts';
export { DEFAULT_RUNTIMES, detectConmon, detectRuntimes, findProgram } from './detect.ts';
export { FakeRuntime } from './fake/runtime.ts';
export type * from './oci-spec.ts';
export { CAPABILITIES, DEFAULT_CAPABILITIES, resolveCapabilities } from './spec/capabilities.ts';
export { generateSpec } from './spec/generate.ts';
export { hostDevices, resolveBlockDevice, resolveDevice } from './spec/host-devices.ts';
export { readHostFacts } from './spec/host-facts.ts';
export type * from './spec/input.ts';
export { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS } from './spec/paths.ts';
export { generateProcess } from './spec/process.ts';
export { generateResources } from './spec/resources.ts';
