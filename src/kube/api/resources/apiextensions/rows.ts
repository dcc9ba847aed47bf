import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the apiextensions group. */
export const rows: readonly ResourceDefinition[] = [];
