/**
 * Handling whole trees of a root file system that may be hostile: packing, unpacking, comparing, copying. The work is done by a
 * child process that enters the root first (chroot, or the container's mount namespace) and works nowhere else.
 */
export { callWorker, type RunningWorker, startWorker, type WorkerOptions } from './client.ts';
export * from './contract.ts';
export { type CopyUpSource, copyUp } from './copy-up.ts';
export { startTicksOf } from './enter.ts';
export { growthMark } from './growing.ts';
export { type Compression, compressionOf } from './input.ts';
export { cacheWorkerCode } from './launch.ts';
export { type LayerFile, LayerWorkers } from './layer-workers.ts';
export { OWN_COMPRESSOR } from './recipe/compressor.ts';
export * from './tar/mod.ts';
