import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the batch group. */
export const rows: readonly ResourceDefinition[] = [];
