/** Containers, execs, logs, health, restarts, volumes and events of one machine. */
export * from './contract.ts';
export * from './spec.ts';
