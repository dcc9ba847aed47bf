import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the storage group. */
export const rows: readonly ResourceDefinition[] = [];
