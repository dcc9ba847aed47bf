import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the autoscaling group. */
export const rows: readonly ResourceDefinition[] = [];
