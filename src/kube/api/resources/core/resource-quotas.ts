import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  canonicalizeResourceList,
  type FieldErrors,
  type Path,
  type ResourceList,
  SPEC,
  STATUS,
  semanticEqual,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { complaints, emptyStatus, keepStatus, statusSubresource } from '../strategies.ts';
import { isStandardQuotaResource, validateQuotaResourceName, validateResourceAmount } from './resource-names.ts';
import { v1 } from './version.ts';

/** `ResourceQuota`. What counts is the status: the controller copies `hard` into it and measures what is used. */
export interface ResourceQuota extends KubeObject {
  spec?: ResourceQuotaSpec;
  status?: { hard?: ResourceList; used?: ResourceList };
}

interface ResourceQuotaSpec {
  hard?: ResourceList;
  scopes?: string[];
  scopeSelector?: { matchExpressions?: ScopedResourceSelectorRequirement[] };
}

/** `ScopedResourceSelectorRequirement`. */
export interface ScopedResourceSelectorRequirement {
  scopeName?: string;
  operator?: string;
  values?: string[];
}

const EXISTS_SCOPES = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity'];
const SCOPES = [...EXISTS_SCOPES, 'PriorityClass', 'VolumeAttributesClass'];
const CONTRADICTIONS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const POD_RESOURCES = new Set([
  'pods',
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);

function setDefaults({ spec, status }: ResourceQuota): void {
  canonicalizeResourceList(spec?.hard);
  canonicalizeResourceList(status?.hard);
  canonicalizeResourceList(status?.used);
}

function validateAmounts(list: ResourceList | undefined, path: Path, errors: FieldErrors): void {
  for (const name of Object.keys(list ?? {})) {
    validateQuotaResourceName(name, path.key(name), errors);
    validateResourceAmount(name, list?.[name] ?? '', path.key(name), errors);
  }
}

/** Does a quota of this scope count this resource? */
function isCountedInScope(scope: string, resource: string): boolean {
  switch (scope) {
    case 'BestEffort':
      return resource === 'pods';
    case 'VolumeAttributesClass':
      return resource === 'persistentvolumeclaims' || resource === 'requests.storage';
    case 'Terminating':
    case 'NotTerminating':
    case 'NotBestEffort':
    case 'PriorityClass':
    case 'CrossNamespacePodAffinity':
      return POD_RESOURCES.has(resource);
    default:
      return true;
  }
}

function validateSpec(spec: ResourceQuotaSpec, errors: FieldErrors): void {
  validateAmounts(spec.hard, SPEC.child('hard'), errors);
  const { scopes = [], scopeSelector } = spec;
  const path = SPEC.child('scopes');
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) errors.invalid(path, scopes, 'unsupported scope');
    validateScopeCounts(scope, spec, scopes, path, errors);
  }
  validateNoContradiction(scopes, scopes, path, errors);
  if (scopeSelector !== undefined) validateSelector(spec, errors);
}

function validateScopeCounts(
  scope: string,
  spec: ResourceQuotaSpec,
  shown: unknown,
  path: Path,
  errors: FieldErrors,
): void {
  for (const resource of Object.keys(spec.hard ?? {}).sort()) {
    if (isStandardQuotaResource(resource) && !isCountedInScope(scope, resource))
      errors.invalid(path, shown, 'unsupported scope applied to resource');
  }
}

function validateNoContradiction(found: readonly string[], shown: unknown, path: Path, errors: FieldErrors): void {
  for (const pair of CONTRADICTIONS) {
    if (pair.every((scope) => found.includes(scope))) errors.invalid(path, shown, 'conflicting scopes');
  }
}

function validateSelector(spec: ResourceQuotaSpec, errors: FieldErrors): void {
  const path = SPEC.child('scopeSelector').child('matchExpressions');
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  for (const expression of expressions) {
    const { scopeName = '' } = expression;
    if (!SCOPES.includes(scopeName)) errors.invalid(path.child('scopeName'), scopeName, 'unsupported scope');
    validateScopeCounts(scopeName, spec, spec.scopeSelector, path, errors);
    validateOperator(expression, path, errors);
  }
  const names = expressions.map(({ scopeName = '' }) => scopeName);
  validateNoContradiction(names, spec.scopes ?? null, path, errors);
}

function validateOperator(expression: ScopedResourceSelectorRequirement, path: Path, errors: FieldErrors): void {
  const { scopeName = '', operator = '', values = [] } = expression;
  if (EXISTS_SCOPES.includes(scopeName) && operator !== 'Exists') {
    const scopes =
      'ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ' +
      'ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity';
    errors.invalid(path.child('operator'), operator, `must be 'Exists' when scope is any of ${scopes}`);
  }
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) errors.required(path.child('values'), detail);
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) errors.invalid(path.child('values'), values, detail);
  } else errors.invalid(path.child('operator'), operator, 'not a valid selector operator');
}

function validateStatus(object: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  const { status } = object as ResourceQuota;
  validateAmounts(status?.hard, STATUS.child('hard'), errors);
  validateAmounts(status?.used, STATUS.child('used'), errors);
}

function validateUpdate(quota: ResourceQuota, old: ResourceQuota, errors: FieldErrors): void {
  validateSpec(quota.spec ?? {}, errors);
  const sorted = ({ spec }: ResourceQuota) => [...new Set(spec?.scopes ?? [])].sort();
  if (!semanticEqual(sorted(quota), sorted(old)))
    errors.invalid(SPEC.child('scopes'), quota.spec?.scopes ?? null, 'field is immutable');
}

/** `name: used/hard` of the resources that are limits, or of all others. */
function usage(object: KubeObject, limits: boolean): string {
  const { status } = object as ResourceQuota;
  const hard = status?.hard ?? {};
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits') === limits)
    .sort()
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${hard[name]}`)
    .join(', ');
}

/** How much of everything a namespace may hold. */
export const resourceQuotas: ResourceDefinition = {
  group: '',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  kind: 'ResourceQuota',
  shortNames: ['quota'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('ResourceQuota', {
    columns: [
      textColumn('Request', 'What is used of what may be asked for.', (object) => usage(object, false)),
      textColumn('Limit', 'What is used of what limits may add up to.', (object) => usage(object, true)),
      AGE_COLUMN,
    ],
  }),
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateStatus) },
  strategy: {
    hasGeneration: false,
    setDefaults: (object) => setDefaults(object as ResourceQuota),
    prepareForCreate: emptyStatus,
    prepareForUpdate: keepStatus,
    validate: (object) => complaints((errors) => validateSpec((object as ResourceQuota).spec ?? {}, errors)),
    validateUpdate: (object, old) =>
      complaints((errors) => validateUpdate(object as ResourceQuota, old as ResourceQuota, errors)),
  },
};
