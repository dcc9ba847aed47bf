import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the policy group. */
export const rows: readonly ResourceDefinition[] = [];
