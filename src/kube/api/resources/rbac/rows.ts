import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the rbac group. */
export const rows: readonly ResourceDefinition[] = [];
