import type { ResourceDefinition } from '../../resource.ts';
import { flowSchemas } from './flow-schemas.ts';
import { priorityLevels } from './priority-levels.ts';

/** The resources of the flowcontrol.apiserver.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [flowSchemas, priorityLevels];
