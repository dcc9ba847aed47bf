/** The API server: resources as data, verbs, watch cache, HTTP front, and the loopback client for those in the same process. */
export * from './answer.ts';
export * from './apiserver.ts';
export type { Handler } from './dispatch.ts';
export type { OtherGroups } from './documents/discovery.ts';
export type { HealthCheck } from './documents/health.ts';
export { type Documents, serveDocuments } from './documents/mod.ts';
export { HttpFront, type ListenOptions, type UpgradeHandler } from './http/server.ts';
export type { RequestObserver, Services } from './http/services.ts';
export { handleUpgrade, type UpgradeRequest, type UpgradeServer } from './http/upgrade.ts';
export type { LoopbackIdentity } from './loopback.ts';
export { isLongRunning, RequestMetrics } from './metrics/requests.ts';
export type { ObjectView } from './objects.ts';
export type { ApiRequest } from './request.ts';
export * from './resources/catalog.ts';
export { type ReviewOptions, reviewHandlers } from './reviews/mod.ts';
export * from './services/mod.ts';
export { builtinHandlers, type NodeRouter, upgradeOf } from './subresources/mod.ts';
export * from './verbs/mod.ts';
