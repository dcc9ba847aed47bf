import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the apiregistration group. */
export const rows: readonly ResourceDefinition[] = [];
