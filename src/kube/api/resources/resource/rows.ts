import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the resource group. */
export const rows: readonly ResourceDefinition[] = [];
