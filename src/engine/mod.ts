/** Containers, execs, logs, health, restarts, volumes and events of one machine. */
export type { EngineSettings } from './context.ts';
export * from './contract.ts';
export { type EngineParts, openEngine } from './engine.ts';
export * from './spec.ts';
