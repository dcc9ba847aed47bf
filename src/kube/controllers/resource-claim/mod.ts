import type { Controller } from '../contract.ts';
import { ResourceClaims } from './resource-claim.ts';

/** Upstream's resource claim controller. */
export const resourceClaimController: Controller = {
  name: 'resource-claim-controller',
  start: (context) => new ResourceClaims(context),
};
