/** The Kubernetes API as its users see it: the client's contract, informers, work queues. */
export * from './backoff.ts';
export * from './contract.ts';
export * from './informer.ts';
export * from './work-queue.ts';
