/** Custom resources: their definitions, conversion, and the rows that the API server serves. */
export type { CustomResourceHost } from './controller/host.ts';
export { serveCustomResources } from './serve-custom-resources.ts';
