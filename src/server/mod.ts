/** The wiring of `hako server`: the only place of kube that chooses adapters. */
export * from './maintenance.ts';
export * from './options.ts';
export * from './run.ts';
export * from './server.ts';
