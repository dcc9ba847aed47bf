import type { ResourceDefinition } from '../../resource.ts';
import { apiServices } from './api-services.ts';

/** The resources of the apiregistration.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [apiServices];
