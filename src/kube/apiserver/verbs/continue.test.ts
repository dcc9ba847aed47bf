import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { decodeContinue, encodeContinue } from './continue.ts';

const PREFIX = '/registry/pods/';

function token(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('decodeContinue', () => {
  it('reads what encodeContinue wrote, for the newest revision too', () => {
    for (const revision of [1, 2 ** 40, -1]) {
      const point = { revision, after: `${PREFIX}default/web-日本`, prefix: PREFIX };
      assert.deepEqual(decodeContinue(encodeContinue(point), PREFIX), point);
    }
  });

  it('never leaves the prefix of the resource, whatever a token says', () => {
    const stolen = encodeContinue({ revision: 5, after: '/registry/secrets/n/s', prefix: '/registry/secrets/' });
    assert.ok(decodeContinue(stolen, PREFIX).after.startsWith(PREFIX));
    assert.throws(() => decodeContinue(token({ v: 'meta.k8s.io/v1', rv: 5, start: '../secrets/n/s' }), PREFIX));
  });

  it('refuses with 400 what is no token', () => {
    const wrong = [
      'no base64 of JSON',
      token(null),
      token([]),
      token({ v: 'meta.k8s.io/v2', rv: 5, start: 'a' }),
      token({ v: 'meta.k8s.io/v1', rv: '5', start: 'a' }),
      token({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }),
      token({ v: 'meta.k8s.io/v1', rv: 1.5, start: 'a' }),
      token({ v: 'meta.k8s.io/v1', rv: 5, start: '' }),
      token({ v: 'meta.k8s.io/v1', rv: 5 }),
    ];
    for (const text of wrong) {
      assert.throws(
        () => decodeContinue(text, PREFIX),
        (error: unknown) => isStatusError(error, 'BadRequest'),
      );
    }
  });
});
