/** The Kubernetes API as its users see it: the client's contract, informers, work queues. */
export * from './backoff.ts';
export * from './contract.ts';
export { findObject } from './find-object.ts';
export type { ConnectionOptions } from './http/connection.ts';
export { HttpClient } from './http/http-client.ts';
export * from './informer.ts';
export * from './informers.ts';
export * from './leader-election.ts';
export * from './work-queue.ts';
