/** The Docker Engine API (1.24 to 1.51) over the engine. */
export { createDockerApi } from './api.ts';
export * from './contract.ts';
