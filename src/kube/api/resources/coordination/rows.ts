import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the coordination group. */
export const rows: readonly ResourceDefinition[] = [];
