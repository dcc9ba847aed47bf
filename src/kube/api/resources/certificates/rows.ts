import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the certificates group. */
export const rows: readonly ResourceDefinition[] = [];
