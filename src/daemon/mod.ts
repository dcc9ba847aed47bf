/** Configuration and wiring of `hako daemon`: the only place that chooses concrete adapters. */
export * from './daemon.ts';
export * from './settings.ts';
