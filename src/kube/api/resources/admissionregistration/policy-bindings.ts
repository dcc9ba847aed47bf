import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  type Path,
  pathSegmentErrors,
  SPEC,
  validateLabelSelector,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { setMatchDefaults, validateMatchResources } from './match-resources.ts';
import type { PolicyBinding } from './policy-types.ts';

const GROUP = 'admissionregistration.k8s.io';
const ACTIONS = ['Audit', 'Deny', 'Warn'];
const NOT_FOUND_ACTIONS = ['Allow', 'Deny'];
const TWICE =
  'must not contain both Deny and Warn (repeating the same validation failure information in the API response and ' +
  'headers serves no purpose)';

function validate({ spec }: PolicyBinding, errors: FieldErrors): void {
  const { policyName = '', paramRef, matchResources } = spec;
  const path = SPEC.child('policyName');
  if (policyName === '') errors.required(path);
  else errors.invalidEach(path, policyName, dnsSubdomainErrors(policyName));
  if (paramRef !== undefined) validateParamRef(paramRef, SPEC.child('paramRef'), errors);
  if (matchResources !== undefined) validateMatchResources(matchResources, SPEC.child('matchResources'), errors);
}

function validateParamRef(
  {
    name = '',
    namespace = '',
    selector,
    parameterNotFoundAction: action,
  }: NonNullable<PolicyBinding['spec']['paramRef']>,
  path: Path,
  errors: FieldErrors,
): void {
  if (name !== '') {
    errors.invalidEach(path.child('name'), name, pathSegmentErrors(name));
    if (selector !== undefined) errors.forbidden(path.child('name'), 'name and selector are mutually exclusive');
  }
  if (selector !== undefined) {
    validateLabelSelector(selector, path.child('selector'), errors);
    if (name !== '') errors.forbidden(path.child('selector'), 'name and selector are mutually exclusive');
  }
  if (name === '' && selector === undefined) errors.required(path, 'one of name or selector must be specified');
  if (namespace !== '') errors.invalidEach(path.child('namespace'), namespace, dnsLabelErrors(namespace));
  if (action === undefined) errors.required(path.child('parameterNotFoundAction'));
  else if (!NOT_FOUND_ACTIONS.includes(action))
    errors.notSupported(path.child('parameterNotFoundAction'), action, NOT_FOUND_ACTIONS);
}

function validateActions({ spec }: PolicyBinding, errors: FieldErrors): void {
  const { validationActions: actions = [] } = spec;
  const path = SPEC.child('validationActions');
  if (actions.length === 0) errors.required(path, 'at least one validation action is required');
  actions.forEach((action, i) => {
    if (!ACTIONS.includes(action)) errors.notSupported(path.index(i), action, ACTIONS);
    if (actions.indexOf(action) < i) errors.duplicate(path.index(i), action);
  });
  if (actions.includes('Deny') && actions.includes('Warn')) errors.invalid(path, actions, TWICE);
}

function paramRef(object: KubeObject): string {
  const { name = '', namespace = '', selector } = (object as PolicyBinding).spec?.paramRef ?? {};
  if (name !== '') return namespace === '' ? name : `${namespace}/${name}`;
  return selector === undefined ? '<unset>' : '<selector>';
}

function bindings(kind: string, isValidating: boolean): ResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    group: GROUP,
    plural: `${singular}s`,
    singular,
    kind,
    categories: ['api-extensions'],
    namespaced: false,
    verbs: ALL_VERBS,
    versions: [
      served(
        { group: GROUP, version: 'v1', kind },
        {
          columns: [
            textColumn('PolicyName', 'The policy.', (object) => (object as PolicyBinding).spec?.policyName ?? ''),
            textColumn('ParamRef', 'Its settings.', paramRef),
            AGE_COLUMN,
          ],
        },
      ),
    ],
    storageVersion: 'v1',
    strategy: kindStrategy<PolicyBinding>(
      {
        setDefaults: (binding) => {
          binding.spec ??= {};
          setMatchDefaults(binding.spec.matchResources);
        },
        validate: (binding, errors) => {
          validate(binding, errors);
          if (isValidating) validateActions(binding, errors);
        },
      },
      { hasGeneration: true, allowUnconditionalUpdate: false },
    ),
  };
}

/** Where a policy that validates is in force, and what a breach of it does. */
export const validatingAdmissionPolicyBindings = bindings('ValidatingAdmissionPolicyBinding', true);

/** Where a policy that mutates is in force. */
export const mutatingAdmissionPolicyBindings = bindings('MutatingAdmissionPolicyBinding', false);
