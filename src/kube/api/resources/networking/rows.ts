import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the networking group. */
export const rows: readonly ResourceDefinition[] = [];
