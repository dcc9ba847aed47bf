import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the discovery group. */
export const rows: readonly ResourceDefinition[] = [];
