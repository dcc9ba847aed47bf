import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  canonicalizeResourceList,
  type FieldErrors,
  millisOf,
  type Path,
  parseQuantity,
  qualifiedNameErrors,
  type ResourceList,
  SPEC,
  setEntry,
} from '../../values/mod.ts';
import { complaints } from '../strategies.ts';
import { isOvercommitAllowed, validateContainerResourceName, validateResourceName } from './resource-names.ts';
import { v1 } from './version.ts';

/** `LimitRange`. */
export interface LimitRange extends KubeObject {
  spec?: { limits?: LimitRangeItem[] };
}

/** `LimitRangeItem`: the bounds of one type, `Pod`, `Container` or `PersistentVolumeClaim`. */
export interface LimitRangeItem {
  type?: string;
  max?: ResourceList;
  min?: ResourceList;
  default?: ResourceList;
  defaultRequest?: ResourceList;
  maxLimitRequestRatio?: ResourceList;
}

type ListName = 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio';

const LISTS: readonly ListName[] = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'];
const STANDARD_TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
const THOUSAND = 1000n;

/** Limits of containers: what is not said of the default follows from the bounds. */
function setDefaults(range: LimitRange): void {
  for (const item of range.spec?.limits ?? []) {
    for (const list of LISTS) canonicalizeResourceList(item[list]);
    if (item.type !== 'Container') continue;
    item.default ??= {};
    item.defaultRequest ??= {};
    fillIn(item.default, item.max);
    fillIn(item.defaultRequest, item.default);
    fillIn(item.defaultRequest, item.min);
  }
}

function fillIn(target: ResourceList, source: ResourceList | undefined): void {
  for (const name of Object.keys(source ?? {})) {
    if (!Object.hasOwn(target, name)) setEntry(target, name, source?.[name] ?? '');
  }
}

function validate(range: LimitRange, errors: FieldErrors): void {
  const types = new Set<string>();
  range.spec?.limits?.forEach((item, i) => {
    const path = SPEC.child('limits').index(i);
    const { type = '' } = item;
    validateType(type, path.child('type'), errors);
    if (types.has(type)) errors.duplicate(path.child('type'), type);
    types.add(type);
    validateItem(item, path, errors);
  });
}

function validateType(type: string, path: Path, errors: FieldErrors): void {
  const problems = qualifiedNameErrors(type);
  if (problems.length > 0) errors.invalidEach(path, type, problems);
  else if (!type.includes('/') && !STANDARD_TYPES.includes(type))
    errors.invalid(path, type, 'must be a standard limit type or fully qualified');
}

function validateItem(item: LimitRangeItem, path: Path, errors: FieldErrors): void {
  const names = new Set<string>();
  const isPod = item.type === 'Pod';
  for (const list of LISTS) {
    const amounts = item[list] ?? {};
    if (isPod && (list === 'default' || list === 'defaultRequest')) {
      if (Object.keys(amounts).length > 0)
        errors.forbidden(path.child(list), "may not be specified when `type` is 'Pod'");
      continue;
    }
    for (const name of Object.keys(amounts)) {
      names.add(name);
      validateName(item.type, name, path.child(list).key(name), errors);
    }
  }
  if (item.type === 'PersistentVolumeClaim' && !has(item.min, 'storage') && !has(item.max, 'storage')) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.required(path.child('limits'), detail);
  }
  for (const name of names) validateBounds(item, name, isPod, path, errors);
}

function validateName(type: string | undefined, name: string, path: Path, errors: FieldErrors): void {
  if (type === 'Pod' || type === 'Container') validateContainerResourceName(name, path, errors);
  else validateResourceName(name, path, errors);
}

function has(list: ResourceList | undefined, name: string): boolean {
  return list !== undefined && Object.hasOwn(list, name);
}

/** The five amounts of one resource must not contradict each other. */
function validateBounds(item: LimitRangeItem, name: string, isPod: boolean, path: Path, errors: FieldErrors): void {
  const amountOf = (list: ListName) => (has(item[list], name) ? parseQuantity(item[list]?.[name] ?? '') : undefined);
  const words = { min: 'min', max: 'max', default: 'default', defaultRequest: 'default request' } as const;
  const check = (low: keyof typeof words, high: keyof typeof words, at: ListName, shown: ListName, what?: string) => {
    const [a, b] = [amountOf(low), amountOf(high)];
    if (a === undefined || b === undefined || a.nanos <= b.nanos) return;
    const texts = [item[low]?.[name], item[high]?.[name]];
    const detail = `${words[low]} value ${texts[0]} is greater than ${what ?? words[high]} value ${texts[1]}`;
    errors.invalid(path.child(at).key(name), item[shown]?.[name], detail);
  };
  check('min', 'max', 'min', 'min');
  if (!isPod) {
    check('min', 'defaultRequest', 'defaultRequest', 'defaultRequest');
    check('defaultRequest', 'max', 'defaultRequest', 'defaultRequest');
    check('defaultRequest', 'default', 'defaultRequest', 'defaultRequest', 'default limit');
    check('min', 'default', 'default', 'min');
    check('default', 'max', 'default', 'max');
    validateEqualDefaults(item, name, path, errors);
  }
  validateRatio(item, name, path, errors);
}

function validateEqualDefaults(item: LimitRangeItem, name: string, path: Path, errors: FieldErrors): void {
  if (isOvercommitAllowed(name) || !has(item.default, name) || !has(item.defaultRequest, name)) return;
  const [limit, request] = [item.default?.[name] ?? '', item.defaultRequest?.[name] ?? ''];
  if (parseQuantity(limit)?.nanos === parseQuantity(request)?.nanos) return;
  const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
  errors.invalid(path.child('defaultRequest').key(name), request, detail);
}

function validateRatio(item: LimitRangeItem, name: string, path: Path, errors: FieldErrors): void {
  if (!has(item.maxLimitRequestRatio, name)) return;
  const at = path.child('maxLimitRequestRatio').key(name);
  const text = item.maxLimitRequestRatio?.[name] ?? '';
  const ratio = parseQuantity(text);
  if (ratio === undefined) return;
  if (millisOf(ratio) < THOUSAND) errors.invalid(at, text, `ratio ${text} is less than 1`);
  const min = has(item.min, name) ? parseQuantity(item.min?.[name] ?? '') : undefined;
  const max = has(item.max, name) ? parseQuantity(item.max?.[name] ?? '') : undefined;
  if (min === undefined || max === undefined || min.nanos === 0n) return;
  const most = Number(millisOf(max)) / Number(millisOf(min));
  if (Number(millisOf(ratio)) / 1000 > most)
    errors.invalid(at, text, `ratio ${text} is greater than max/min = ${most.toFixed(6)}`);
}

/** Bounds and defaults of what pods, containers and claims of a namespace may ask for. */
export const limitRanges: ResourceDefinition = {
  group: '',
  plural: 'limitranges',
  singular: 'limitrange',
  kind: 'LimitRange',
  shortNames: ['limits'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('LimitRange', {
    columns: [
      {
        name: 'Created At',
        type: 'date',
        description: 'When the object was created.',
        priority: 0,
        cell: ({ metadata }) => metadata.creationTimestamp ?? null,
      },
    ],
  }),
  storageVersion: 'v1',
  strategy: {
    hasGeneration: false,
    allowCreateOnUpdate: true,
    setDefaults: (object) => setDefaults(object as LimitRange),
    validate: (object) => complaints((errors) => validate(object as LimitRange, errors)),
    validateUpdate: (object) => complaints((errors) => validate(object as LimitRange, errors)),
  },
};
