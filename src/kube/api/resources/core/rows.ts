import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the core group. */
export const rows: readonly ResourceDefinition[] = [];
