import type { ResourceDefinition } from '../../resource.ts';
import { customResourceDefinitions } from './custom-resource-definitions.ts';

/** The resources of the apiextensions.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [customResourceDefinitions];
