/** What every folder may use: errors, ids, digests, time, locks. Imports nothing of ours. */
export * from './clock.ts';
export * from './deadline.ts';
export * from './digest.ts';
export * from './errors.ts';
export * from './failpoint.ts';
export * from './folders.ts';
export * from './id.ts';
export * from './lock.ts';
export * from './log.ts';
export * from './one-piece.ts';
export * from './trace.ts';
export * from './yaml.ts';
