/** EndpointSlices: the addresses behind services. */
export { endpointSliceController } from './controller.ts';
export { HEADLESS, MANAGED_BY, SERVICE_NAME } from './desired.ts';
export { followPods, selectedPods } from './follow-pods.ts';
export { type EndpointGroup, planSlices } from './plan.ts';
export { addressesOf, familyOf, hostnameFor, isServing, portsOf, selectsPods } from './pod-endpoints.ts';
export { indexByService, slicesOf } from './reconciler.ts';
export type * from './types.ts';
export { writeSlices } from './write-slices.ts';
