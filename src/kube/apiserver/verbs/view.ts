import {
  badRequest,
  type FieldRequirement,
  type KubeObject,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from '#kube/api';
import type { Endpoint } from '../resources/catalog.ts';
import type { CachedEntry } from '../store/mod.ts';

const NAME = 'metadata.name';

type Test = (entry: CachedEntry) => boolean;

/** Which objects a list or watch sees. */
export interface View {
  /** Keys of the objects start with this. */
  readonly prefix: string;
  /** Asked of what is stored. Undefined: all of them. */
  readonly matches: Test | undefined;
  /** Asked, of those, of the object in the endpoint's version, where that may have other labels and fields. Undefined: all of them. */
  readonly matchesShown: Test | undefined;
  /** Set where the view is one object at most. */
  readonly key: string | undefined;
}

interface Where {
  readonly prefixOf: (namespace: string) => string;
  readonly key: (namespace: string, name: string) => string;
}

/**
 * The view that a namespace, the name in the path (of the old `/watch/…/NAME`; '' for none) and the two selectors describe; a 400 for
 * selectors that cannot be.
 */
export function viewOf(
  endpoint: Endpoint,
  where: Where,
  namespace: string,
  query: URLSearchParams,
  nameInPath = '',
): View {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const selected = parseFieldSelector(query.get('fieldSelector') ?? '');
  const fields = nameInPath === '' ? selected : [...selected, { field: NAME, value: nameInPath, negated: false }];
  const tests: Test[] = [];
  const testsOfShown: Test[] = [];
  const { convert, onRead, convertsLabels, custom } = endpoint.row;
  if (isContradiction(fields)) tests.push(() => false);
  const testsOfLabels = convertsLabels === true ? testsOfShown : tests;
  if (labels.length > 0) testsOfLabels.push((entry) => matchesLabels(labels, entry.labels));
  const rest = fields.filter((requirement) => !pins(requirement));
  if (rest.length > 0) {
    const readers = new Map(rest.map(({ field }) => [field, readerOf(endpoint, field)]));
    const testsOfFields = custom === true && (convert !== undefined || onRead !== undefined) ? testsOfShown : tests;
    testsOfFields.push((entry) => matchesFields(rest, (field) => entry.field(field, readers.get(field) ?? none)));
  }
  const inNamespace = pinned(fields, 'metadata.namespace');
  const space = namespace === '' && endpoint.row.namespaced ? (inNamespace ?? '') : namespace;
  if (inNamespace !== undefined && inNamespace !== space) tests.push(() => false);
  const name = pinned(fields, NAME);
  const prefix = where.prefixOf(space);
  const matchesShown = testsOfShown.length === 0 ? undefined : all(testsOfShown);
  if (name === undefined) return { prefix, matches: all(tests), matchesShown, key: undefined };
  if (space !== '' || !endpoint.row.namespaced) {
    const key = where.key(space, name);
    return { prefix, matches: all([(entry) => entry.key === key, ...tests]), matchesShown, key };
  }
  const ending = `/${name}`;
  return { prefix, matches: all([(entry) => entry.key.endsWith(ending), ...tests]), matchesShown, key: undefined };
}

/** `metadata.name=x` and `metadata.namespace=x` are answered from the key. */
function pins({ field, negated }: FieldRequirement): boolean {
  return !negated && (field === NAME || field === 'metadata.namespace');
}

/** Two names, or two namespaces, at once: nothing has both. */
function isContradiction(fields: readonly FieldRequirement[]): boolean {
  return fields.some((one) => pins(one) && pinned(fields, one.field) !== one.value);
}

function pinned(fields: readonly FieldRequirement[], field: string): string | undefined {
  return fields.find((requirement) => requirement.field === field && !requirement.negated)?.value;
}

function all(tests: readonly Test[]): Test | undefined {
  if (tests.length <= 1) return tests[0];
  return (entry) => tests.every((test) => test(entry));
}

function readerOf({ row, version }: Endpoint, field: string): (object: KubeObject) => string {
  if (field === NAME) return (object) => object.metadata.name ?? '';
  if (field === 'metadata.namespace' && row.namespaced) return (object) => object.metadata.namespace ?? '';
  const fields = version.selectableFields ?? {};
  const read = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (read === undefined) throw badRequest(`field label not supported: ${field.slice(0, 256)}`);
  return read;
}

function none(): string {
  return '';
}
