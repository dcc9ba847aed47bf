import type { KubeObject } from '../../object.ts';
import type { ResourceDefinition, Strategy } from '../../resource.ts';
import type { FieldErrors } from '../../values/mod.ts';
import { review } from '../reviews.ts';
import { complaints } from '../strategies.ts';
import {
  type AccessReview,
  validateAccessReview,
  validateLocalAccessReview,
  validateNameless,
  validateSelfAccessReview,
} from './access-review.ts';

const GROUP = { group: 'authorization.k8s.io', version: 'v1' };

function asking(validate: (review: AccessReview, errors: FieldErrors) => void): { strategy: Strategy } {
  const all = (object: KubeObject) =>
    complaints((errors) => {
      validate(object as AccessReview, errors);
      validateNameless(object, errors);
    });
  return { strategy: { validate: all } };
}

/** The resources of the authorization.k8s.io group: questions about who may do what. */
export const rows: readonly ResourceDefinition[] = [
  review({ ...GROUP, kind: 'LocalSubjectAccessReview' }, { namespaced: true, ...asking(validateLocalAccessReview) }),
  review({ ...GROUP, kind: 'SelfSubjectAccessReview' }, asking(validateSelfAccessReview)),
  review({ ...GROUP, kind: 'SelfSubjectRulesReview' }),
  review({ ...GROUP, kind: 'SubjectAccessReview' }, asking(validateAccessReview)),
];
