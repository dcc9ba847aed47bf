import type { KubeObject } from '../../object.ts';
import { type FieldErrors, METADATA, SPEC, semanticEqual } from '../../values/mod.ts';

/** What the reviews of access ask; the one about oneself names no user. */
export interface AccessReview extends KubeObject {
  spec?: {
    resourceAttributes?: ResourceAttributes;
    nonResourceAttributes?: { path?: string; verb?: string };
    user?: string;
    groups?: string[];
  };
}

interface ResourceAttributes {
  namespace?: string;
  fieldSelector?: Requirements;
  labelSelector?: Requirements;
}

interface Requirements {
  rawSelector?: string;
  requirements?: unknown[];
}

const RESOURCE = SPEC.child('resourceAttributes');
const PATHS = SPEC.child('nonResourceAttributes');

/** Complaints about the question whether oneself may do something. */
export function validateSelfAccessReview(review: AccessReview, errors: FieldErrors): void {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined)
    errors.invalid(PATHS, nonResourceAttributes, 'cannot be specified in combination with resourceAttributes');
  if (resourceAttributes === undefined && nonResourceAttributes === undefined)
    errors.invalid(RESOURCE, null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified');
  for (const field of ['fieldSelector', 'labelSelector'] as const) {
    const { rawSelector = '', requirements = [] } = resourceAttributes?.[field] ?? {};
    if (rawSelector !== '' && requirements.length > 0) {
      const at = RESOURCE.child(field).child('rawSelector');
      errors.invalid(at, rawSelector, 'may not specified at the same time as requirements');
    }
  }
}

/** Complaints about the question whether somebody may do something. */
export function validateAccessReview(review: AccessReview, errors: FieldErrors): void {
  const { user = '', groups = [] } = review.spec ?? {};
  validateSelfAccessReview(review, errors);
  if (user === '' && groups.length === 0)
    errors.invalid(SPEC.child('user'), user, 'at least one of user or group must be specified');
}

/** Nothing is stored, so there is nothing to name. */
export function validateNameless({ metadata }: KubeObject, errors: FieldErrors): void {
  const { managedFields: _m, namespace: _n, uid: _u, creationTimestamp: _c, ...rest } = metadata;
  if (!semanticEqual(rest, {})) errors.invalid(METADATA, rest, 'must be empty');
}

/** Complaints about the question whether somebody may do something in the namespace it is asked in. */
export function validateLocalAccessReview(review: AccessReview, errors: FieldErrors): void {
  validateAccessReview(review, errors);
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  if (resourceAttributes !== undefined && resourceAttributes.namespace !== review.metadata.namespace)
    errors.invalid(RESOURCE.child('namespace'), resourceAttributes.namespace ?? '', 'must match metadata.namespace');
  if (nonResourceAttributes !== undefined)
    errors.invalid(PATHS, nonResourceAttributes, 'disallowed on this kind of request');
}
