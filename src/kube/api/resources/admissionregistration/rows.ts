import type { ResourceDefinition } from '../../resource.ts';

/** The resources of the admissionregistration group. */
export const rows: readonly ResourceDefinition[] = [];
