/** Content-addressed blobs on disk. Knows nothing of images. */
export { Ingest } from './ingest.ts';
export { Lease } from './lease.ts';
export { Pins } from './pins.ts';
export { ContentStore } from './store.ts';
