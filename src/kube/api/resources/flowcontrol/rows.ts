import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the flowcontrol group. */
export const rows: readonly ResourceDefinition[] = [];
