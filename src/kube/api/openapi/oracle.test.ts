/**
 * What upstream publishes, beside what our rows make. HAKO_KUBE_OPENAPI names upstream's document; without it all is
 * skipped.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { openapiV2 } from './mod.ts';
import type { SchemaV2 } from './schema-v2.ts';
import { everyRow } from './testing/rows.ts';

const path = process.env.HAKO_KUBE_OPENAPI;
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

interface Parameter {
  $ref?: string;
  name?: string;
  in?: string;
  schema?: { $ref?: string };
}

interface Operation {
  operationId: string;
  tags: string[];
  parameters?: Parameter[];
  responses: Record<string, { schema?: { $ref?: string; type?: string } }>;
  'x-kubernetes-action': string;
  'x-kubernetes-group-version-kind': { group: string; version: string; kind: string };
}

type PathItem = { parameters?: Parameter[] } & Record<string, Operation>;

interface Document {
  paths: Record<string, PathItem>;
  definitions: Record<string, SchemaV2>;
  parameters?: Record<string, Parameter>;
}

describe('openapiV2 is upstream’s', { skip: path === undefined && 'HAKO_KUBE_OPENAPI is not set' }, () => {
  let theirs: Document;

  before(() => {
    theirs = JSON.parse(readFileSync(path ?? '', 'utf8')) as Document;
  });

  it('definitions, but for words', () => {
    for (const [name, schema] of Object.entries(openapiV2(everyRow()).definitions)) {
      assert.ok(theirs.definitions[name], `${name} is not upstream's`);
      assert.deepEqual(wordless(schema), wordless(theirs.definitions[name]), name);
    }
  });

  it('paths and operations of the built-in resources, but for words and what is behind a feature', async () => {
    const { builtinResources } = await import('../resources/mod.ts');
    const rows = builtinResources();
    const ours = openapiV2(rows) as unknown as Document;
    const roots = rows.flatMap(({ group, versions }) =>
      versions.map(({ name }) => (group === '' ? `/api/${name}/` : `/apis/${group}/${name}/`)),
    );
    const served = Object.keys(theirs.paths).filter((each) =>
      roots.some((root) => each.startsWith(root) && each !== root),
    );
    assert.deepEqual(Object.keys(ours.paths).sort(), served.sort());
    for (const each of served) assert.deepEqual(gist(ours, each), gist(theirs, each), each);
  });
});

/** What an item of paths says, without words. */
function gist(document: Document, path: string): object {
  const item = document.paths[path] ?? ({} as PathItem);
  const methods = METHODS.filter((method) => item[method] !== undefined);
  return Object.fromEntries(methods.map((method) => [method, gistOf(document, item, item[method] as Operation)]));
}

function gistOf(document: Document, item: PathItem, operation: Operation): object {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
    parameter.$ref === undefined
      ? parameter
      : (document.parameters?.[parameter.$ref.slice('#/parameters/'.length)] ?? {}),
  );
  const answers = Object.entries(operation.responses).map(([code, { schema }]) => [code, schema?.$ref ?? schema?.type]);
  const { group, version, kind } = operation['x-kubernetes-group-version-kind'];
  return {
    id: operation.operationId,
    tags: operation.tags,
    action: operation['x-kubernetes-action'],
    kind: { group, version, kind },
    // ShardedListAndWatch is alpha in 1.36.
    parameters: parameters
      .map(({ name }) => name)
      .filter((name) => name !== 'shardSelector')
      .sort(),
    body: parameters.find((parameter) => parameter.in === 'body')?.schema?.$ref,
    answers: Object.fromEntries(answers),
  };
}

/** Without descriptions, in one order, and with but one group version for the kinds of no group. */
function wordless(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    if (key === 'required') return value.toSorted();
    return (key === 'x-kubernetes-group-version-kind' ? value.slice(0, 1) : value).map((each) => wordless(each));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, text]) => name !== 'description' || typeof text !== 'string');
  return Object.fromEntries(entries.map(([name, child]) => [name, wordless(child, name)]).toSorted(byName));
}

function byName([a]: unknown[], [b]: unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
