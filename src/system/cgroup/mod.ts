/** cgroups v1, hybrid and v2: where they are, what they count, and how they go. */

export type { BlockIoCounter, CgroupStats } from './counters.ts';
export * from './favor-dynmods.ts';
export * from './layout.ts';
export * from './paths.ts';
export * from './place.ts';
export * from './processes.ts';
export * from './remove.ts';
export { readCgroupStats, readHostCpu } from './stats.ts';
