import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the authentication group. */
export const rows: readonly ResourceDefinition[] = [];
