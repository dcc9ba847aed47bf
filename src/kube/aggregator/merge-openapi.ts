import { isDeepStrictEqual } from 'node:util';
import type { OpenapiV2 } from '#kube/api/openapi';

type Node = Record<string, unknown>;

const REFERENCE = '#/definitions/';

/**
 * Our OpenAPI v2 document with what another server says of the paths below `prefix` (`/apis/metrics.k8s.io/v1beta1`), and the
 * definitions that those need. A definition that we have otherwise comes under another name: `NAME_v2`. Nothing of ours changes.
 */
export function mergeOpenapiV2(ours: OpenapiV2, other: unknown, prefix: string): OpenapiV2 {
  const theirs = recordOf(other);
  const definitions = recordOf(theirs.definitions);
  const paths = Object.entries(recordOf(theirs.paths)).filter(
    ([path]) => (path === prefix || path.startsWith(`${prefix}/`)) && !Object.hasOwn(ours.paths, path),
  );
  const names = new Map<string, string>();
  for (const name of definitionsBehind(Object.fromEntries(paths), definitions)) {
    names.set(name, nameFor(name, definitions[name], ours.definitions));
  }
  const added = [...names].map(([name, as]) => [as, renamed(definitions[name], names)]);
  return {
    ...ours,
    paths: { ...ours.paths, ...Object.fromEntries(paths.map(([path, item]) => [path, renamed(item, names)])) },
    definitions: { ...Object.fromEntries(added), ...ours.definitions },
  } as OpenapiV2;
}

/** The definitions that a value refers to, and those that they refer to. */
function definitionsBehind(start: Node, definitions: Node): Set<string> {
  const found = new Set<string>();
  const waiting: unknown[] = [start];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    const name = referenceOf(value as Node);
    if (name !== undefined && !found.has(name) && Object.hasOwn(definitions, name)) {
      found.add(name);
      waiting.push(definitions[name]);
    }
    waiting.push(...Object.values(value));
  }
  return found;
}

function referenceOf({ $ref }: Node): string | undefined {
  return typeof $ref === 'string' && $ref.startsWith(REFERENCE) ? $ref.slice(REFERENCE.length) : undefined;
}

function nameFor(name: string, definition: unknown, ours: OpenapiV2['definitions']): string {
  const isFree = (as: string) => !Object.hasOwn(ours, as) || isDeepStrictEqual(plain(ours[as]), definition);
  let as = name;
  for (let number = 2; !isFree(as); number++) as = `${name}_v${number}`;
  return as;
}

/** As it would come over the wire. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const name = referenceOf(value as Node);
  const as = name === undefined ? undefined : names.get(name);
  const entries = Object.entries(value).map(([key, item]) =>
    key === '$ref' && as !== undefined ? [key, REFERENCE + as] : [key, renamed(item, names)],
  );
  return Object.fromEntries(entries);
}

function recordOf(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}
