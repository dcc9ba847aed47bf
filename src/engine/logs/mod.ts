/** Container logs: files in CRI format that conmon writes, read, followed and rotated by us. */
export * from './log-config.ts';
export * from './read-logs.ts';
export * from './repair.ts';
export * from './rotator.ts';
