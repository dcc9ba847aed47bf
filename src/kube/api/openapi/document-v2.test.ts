import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openapiV2 } from './mod.ts';
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
