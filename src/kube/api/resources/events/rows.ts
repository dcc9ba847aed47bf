import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the events group. */
export const rows: readonly ResourceDefinition[] = [];
