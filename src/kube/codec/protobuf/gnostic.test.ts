import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { OpenapiV2 } from '#kube/api/openapi';
import { encodeOpenapiV2 } from './gnostic.ts';

const document: OpenapiV2 = {
  swagger: '2.0',
  info: { title: 'K', version: '1' },
  paths: {},
  definitions: {
    A: { type: 'object', properties: { b: { $ref: '#/definitions/B' } }, required: ['b'], 'x-y': { z: [1] } },
  },
  securityDefinitions: {},
  security: [],
};

it('encodeOpenapiV2 writes a document as the messages of gnostic', () => {
  // Written out by hand: numbers and lengths as OpenAPIv2.proto of gnostic has them.
  const string = (number: number, text: string) => [number, text.length, ...Buffer.from(text)];
  const message = (tag: number[], ...parts: number[][]) => {
    const content = parts.flat();
    return [...tag, content.length, ...content];
  };
  const b = message([0x0a], string(0x0a, 'b'), message([0x12], string(0x0a, '#/definitions/B')));
  const schema = message(
    [0x12],
    [0x9a, 0x01, 1, 0x62],
    message([0xb2, 0x01], string(0x0a, 'object')),
    message([0xca, 0x01], b),
    message([0xfa, 0x01], string(0x0a, 'x-y'), message([0x12], string(0x12, '{"z":[1]}'))),
  );
  const expected = [
    ...string(0x0a, '2.0'),
    ...message([0x12], string(0x0a, 'K'), string(0x12, '1')),
    ...message([0x42]),
    ...message([0x4a], message([0x0a], string(0x0a, 'A'), schema)),
    ...message([0x6a]),
  ];
  assert.deepEqual([...encodeOpenapiV2(document)], expected);
});
