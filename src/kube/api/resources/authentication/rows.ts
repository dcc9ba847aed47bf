import type { ResourceDefinition } from '../../resource.ts';
import { review } from '../reviews.ts';

const GROUP = { group: 'authentication.k8s.io', version: 'v1' };

/** The resources of the authentication.k8s.io group: questions about who somebody is. */
export const rows: readonly ResourceDefinition[] = [
  review({ ...GROUP, kind: 'SelfSubjectReview' }),
  review({ ...GROUP, kind: 'TokenReview' }),
];
