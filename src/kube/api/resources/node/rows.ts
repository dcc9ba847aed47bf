import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the node group. */
export const rows: readonly ResourceDefinition[] = [];
