import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the scheduling group. */
export const rows: readonly ResourceDefinition[] = [];
