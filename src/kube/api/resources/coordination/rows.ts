import type { ResourceDefinition } from '../../resource.ts';
import { leases } from './leases.ts';

/** The resources of the coordination.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [leases];
