import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, STATUS, validateConditions } from '../../values/mod.ts';
import { AGE_COLUMN, integerColumn, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { LABELS_AND_ANNOTATIONS, statusSubresource } from '../strategies.ts';
import { setMatchDefaults } from './match-resources.ts';
import type { AdmissionPolicy } from './policy-types.ts';
import { validateMutatingPolicy, validateValidatingPolicy } from './validate-policy.ts';

const GROUP = 'admissionregistration.k8s.io';

function setDefaults(policy: AdmissionPolicy): void {
  policy.spec ??= {};
  policy.spec.failurePolicy ??= 'Fail';
  setMatchDefaults(policy.spec.matchConstraints);
}

function paramKind(object: KubeObject): string {
  const { apiVersion = '', kind = '' } = (object as AdmissionPolicy).spec?.paramKind ?? {};
  return kind === '' ? '<unset>' : `${apiVersion}/${kind}`;
}

function count(object: KubeObject, field: 'validations' | 'mutations'): number {
  return (object as AdmissionPolicy).spec?.[field]?.length ?? 0;
}

function validateStatus(object: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  validateConditions((object as AdmissionPolicy).status?.conditions, STATUS.child('conditions'), errors);
}

/** Rules in CEL for what may come in. */
export const validatingAdmissionPolicies: ResourceDefinition = {
  group: GROUP,
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  kind: 'ValidatingAdmissionPolicy',
  categories: ['api-extensions'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: GROUP, version: 'v1', kind: 'ValidatingAdmissionPolicy' },
      {
        columns: [
          integerColumn('Validations', 'How many rules there are.', (object) => count(object, 'validations')),
          textColumn('ParamKind', 'The kind of its settings.', paramKind),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateStatus, { keeps: LABELS_AND_ANNOTATIONS }) },
  strategy: kindStrategy<AdmissionPolicy>(
    { newStatus: () => ({}), setDefaults, validate: validateValidatingPolicy },
    { allowUnconditionalUpdate: false },
  ),
};

/** Changes in CEL to what comes in. */
export const mutatingAdmissionPolicies: ResourceDefinition = {
  group: GROUP,
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  kind: 'MutatingAdmissionPolicy',
  categories: ['api-extensions'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: GROUP, version: 'v1', kind: 'MutatingAdmissionPolicy' },
      {
        columns: [
          integerColumn('Mutations', 'How many changes there are.', (object) => count(object, 'mutations')),
          textColumn('ParamKind', 'The kind of its settings.', paramKind),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<AdmissionPolicy>(
    {
      setDefaults: (policy) => {
        setDefaults(policy);
        policy.spec.reinvocationPolicy ||= 'Never';
      },
      validate: validateMutatingPolicy,
    },
    { hasGeneration: true, allowUnconditionalUpdate: false },
  ),
};
