import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { openapiV2 } from './mod.ts';
import type { SchemaV2 } from './schema-v2.ts';
import { builtinRow, customRow, everyRow } from './testing/rows.ts';

it('openapiV2 has every definition that it refers to', () => {
  const { definitions, paths } = openapiV2(everyRow());
  const text = JSON.stringify([definitions, paths]);
  for (const [, name = ''] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) assert.ok(definitions[name], name);
});

it('openapiV2 gives parameters and media types in the terms of v2', () => {
  const { paths } = openapiV2([builtinRow('', 'v1', 'Secret')]);
  const patch = paths['/api/v1/namespaces/{namespace}/secrets/{name}']?.patch;
  assert.ok(patch?.consumes.includes('application/strategic-merge-patch+json'));
  assert.deepEqual(patch?.parameters[0], {
    name: 'body',
    in: 'body',
    required: true,
    schema: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch' },
  });
  assert.deepEqual(patch?.responses[401], { description: 'Unauthorized' });
});

it('openapiV2 leaves open what v2 cannot say of a CRD', () => {
  const { definitions } = openapiV2([
    customRow('example.com', 'Thing', {
      v1: {
        type: 'object',
        properties: {
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'string' } } },
          maybe: { type: 'string', nullable: true },
          port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          strict: { type: 'array', items: { type: 'string', oneOf: [{ minLength: 1 }] } },
        },
      },
    }),
  ]);
  const { free, maybe, port, strict } = definitions['com.example.v1.Thing']?.properties ?? {};
  assert.deepEqual(free, { 'x-kubernetes-preserve-unknown-fields': true });
  assert.deepEqual(maybe, {});
  assert.deepEqual(port, { 'x-kubernetes-int-or-string': true });
  assert.deepEqual(strict, { type: 'array', items: { type: 'string' } });
});

/** HAKO_KUBE_OPENAPI names upstream's own document; without it there is nothing to compare with. */
const oracle = process.env.HAKO_KUBE_OPENAPI;

it('definitions are those of upstream, but for words', {
  skip: oracle === undefined && 'HAKO_KUBE_OPENAPI is not set',
}, () => {
  const theirs = JSON.parse(readFileSync(oracle ?? '', 'utf8')).definitions as Record<string, SchemaV2>;
  const ours = openapiV2(everyRow()).definitions;
  for (const [name, schema] of Object.entries(ours)) {
    assert.ok(theirs[name], `${name} is not upstream's`);
    assert.deepEqual(wordless(schema), wordless(theirs[name]), name);
  }
});

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
