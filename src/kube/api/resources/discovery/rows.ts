import type { ResourceDefinition } from '../../resource.ts';
import { endpointSlices } from './endpoint-slices.ts';

/** The resources of the discovery.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [endpointSlices];
