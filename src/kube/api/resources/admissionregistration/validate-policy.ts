import { parseGroupVersion } from '../../object.ts';
import {
  cIdentifierErrors,
  type FieldErrors,
  type Path,
  pathSegmentErrors,
  qualifiedNameErrors,
  SPEC,
} from '../../values/mod.ts';
import { validateMatchConditions } from './match-conditions.ts';
import { validateMatchResources } from './match-resources.ts';
import type { AdmissionPolicy, Mutation, PolicySpec, Validation } from './policy-types.ts';

const FAILURE_POLICIES = ['Fail', 'Ignore'];
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const PATCH_TYPES = ['ApplyConfiguration', 'JSONPatch'];
const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const MAX_ANNOTATIONS = 20;

/** Complaints about a policy that validates, but for its expressions, which are compiled elsewhere. */
export function validateValidatingPolicy({ spec }: AdmissionPolicy, errors: FieldErrors): void {
  const { validations = [], auditAnnotations = [] } = spec;
  validateCommon(spec, errors);
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must be specified';
    errors.required(SPEC.child('validations'), detail);
    errors.required(SPEC.child('auditAnnotations'), detail);
  }
  validations.forEach((validation, i) => {
    validateValidation(validation, SPEC.child('validations').index(i), errors);
  });
  validateAuditAnnotations(auditAnnotations, SPEC.child('auditAnnotations'), errors);
}

/** Complaints about a policy that mutates, but for its expressions. */
export function validateMutatingPolicy({ spec }: AdmissionPolicy, errors: FieldErrors): void {
  const { mutations = [], reinvocationPolicy = '' } = spec;
  const path = SPEC.child('mutations');
  validateCommon(spec, errors);
  if (mutations.length === 0) errors.required(path, 'mutations must contain at least one item');
  mutations.forEach((mutation, i) => {
    validateMutation(mutation, path.index(i), errors);
  });
  const at = SPEC.child('reinvocationPolicy');
  if (reinvocationPolicy === '') errors.required(at);
  else if (!REINVOCATION_POLICIES.includes(reinvocationPolicy))
    errors.notSupported(at, reinvocationPolicy, REINVOCATION_POLICIES);
}

function validateCommon(spec: PolicySpec, errors: FieldErrors): void {
  const { failurePolicy = '', paramKind, matchConstraints } = spec;
  const path = SPEC.child('failurePolicy');
  if (failurePolicy === '') errors.required(path);
  else if (!FAILURE_POLICIES.includes(failurePolicy)) errors.notSupported(path, failurePolicy, FAILURE_POLICIES);
  if (paramKind !== undefined) validateParamKind(paramKind, SPEC.child('paramKind'), errors);
  validateMatchConditions(spec.matchConditions ?? [], SPEC.child('matchConditions'), errors);
  const at = SPEC.child('matchConstraints');
  if (matchConstraints === undefined) errors.required(at);
  else {
    validateMatchResources(matchConstraints, at, errors);
    if ((matchConstraints.resourceRules?.length ?? 0) === 0) errors.required(at.child('resourceRules'));
  }
  validateVariables(spec.variables ?? [], SPEC.child('variables'), errors);
}

function validateParamKind(
  { apiVersion = '', kind = '' }: NonNullable<PolicySpec['paramKind']>,
  path: Path,
  errors: FieldErrors,
): void {
  if (apiVersion === '') errors.required(path.child('apiVersion'));
  else if (apiVersion.split('/').length > 2 || parseGroupVersion(apiVersion).version === '')
    errors.invalid(path.child('apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  if (kind === '') errors.required(path.child('kind'));
  else errors.invalidEach(path.child('kind'), kind, pathSegmentErrors(kind));
}

function validateVariables(variables: NonNullable<PolicySpec['variables']>, path: Path, errors: FieldErrors): void {
  const seen = new Set<string>();
  variables.forEach(({ name = '', expression = '' }, i) => {
    const at = path.index(i);
    if (name.trim() === '') errors.required(at.child('name'), 'name is not specified');
    else if (cIdentifierErrors(name).length > 0)
      errors.invalid(at.child('name'), name, 'name is not a valid CEL identifier');
    if (seen.has(name)) errors.duplicate(at.child('name'), name);
    seen.add(name);
    if (expression.trim() === '') errors.required(at.child('expression'), 'expression is not specified');
  });
}

function validateValidation(
  { expression = '', message = '', reason, messageExpression }: Validation,
  path: Path,
  errors: FieldErrors,
) {
  if (expression.trim() === '') errors.required(path.child('expression'), 'expression is not specified');
  if (messageExpression !== undefined && messageExpression.trim() === '')
    errors.invalid(path.child('messageExpression'), messageExpression, 'must be non-empty if specified');
  if (message !== '' && message.trim() === '')
    errors.invalid(path.child('message'), message, 'message must be non-empty if specified');
  else if (message.trim().includes('\n'))
    errors.invalid(path.child('message'), message, 'message must not contain line breaks');
  else if (expression.trim().includes('\n') && message.trim() === '')
    errors.required(path.child('message'), 'message must be specified if expression contains line breaks');
  if (reason !== undefined && !REASONS.includes(reason)) errors.notSupported(path.child('reason'), reason, REASONS);
}

function validateAuditAnnotations(
  annotations: NonNullable<PolicySpec['auditAnnotations']>,
  path: Path,
  errors: FieldErrors,
): void {
  if (annotations.length > MAX_ANNOTATIONS)
    errors.invalid(path, annotations, `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`);
  const seen = new Set<string>();
  annotations.forEach(({ key = '', valueExpression = '' }, i) => {
    const at = path.index(i);
    if (key === '') errors.required(at.child('key'));
    else errors.invalidEach(at.child('key'), key, qualifiedNameErrors(key));
    if (seen.has(key)) errors.duplicate(at.child('key'), key);
    seen.add(key);
    if (valueExpression.trim() === '') errors.required(at.child('valueExpression'), 'valueExpression is not specified');
  });
}

function validateMutation(
  { patchType = '', applyConfiguration, jsonPatch }: Mutation,
  path: Path,
  errors: FieldErrors,
) {
  if (patchType === '') errors.required(path.child('patchType'));
  else if (!PATCH_TYPES.includes(patchType)) errors.notSupported(path.child('patchType'), patchType, PATCH_TYPES);
  const isApply = patchType === 'ApplyConfiguration';
  const [due, other] = isApply ? [applyConfiguration, jsonPatch] : [jsonPatch, applyConfiguration];
  const [dueName, otherName] = isApply ? ['applyConfiguration', 'jsonPatch'] : ['jsonPatch', 'applyConfiguration'];
  if (!PATCH_TYPES.includes(patchType)) return;
  if (due === undefined) errors.required(path.child(dueName), `must be specified when patchType is ${patchType}`);
  else if ((due.expression ?? '').trim() === '')
    errors.required(path.child(dueName).child('expression'), 'expression is not specified');
  if (other !== undefined)
    errors.invalid(path.child(otherName), '<multiline>', `must not be specified when patchType is ${patchType}`);
}
