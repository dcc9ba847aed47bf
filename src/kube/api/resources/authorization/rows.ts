import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the authorization group. */
export const rows: readonly ResourceDefinition[] = [];
