import type { ResourceDefinition } from '../../resource.ts';
import { priorityClasses } from './priority-classes.ts';

/** The resources of the scheduling.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [priorityClasses];
