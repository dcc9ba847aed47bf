import type { ResourceDefinition } from '../../resource.ts';
import { deviceClasses } from './device-classes.ts';
import { resourceClaims, resourceClaimTemplates } from './resource-claims.ts';
import { resourceSlices } from './resource-slices.ts';

/** The resources of the resource.k8s.io group: devices that pods may need. */
export const rows: readonly ResourceDefinition[] = [
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
];
