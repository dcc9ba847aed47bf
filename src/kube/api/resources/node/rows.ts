import type { ResourceDefinition } from '../../resource.ts';
import { runtimeClasses } from './runtime-classes.ts';

/** The resources of the node.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [runtimeClasses];
