import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the apps group. */
export const rows: readonly ResourceDefinition[] = [];
