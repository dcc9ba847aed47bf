/** Storage in memory: for tests, and for clusters that need not outlive their process. */
export type { HistoryLimits } from './history.ts';
export * from './memory-storage.ts';
