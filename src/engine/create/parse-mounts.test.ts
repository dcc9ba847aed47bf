import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { parseBind } from './parse-bind.ts';
import { parseMount } from './parse-mount.ts';

const invalid = (error: unknown) => isHakoError(error, 'invalid');

test('parseBind tells binds, named and anonymous volumes apart', () => {
  assert.deepEqual(
    ['/host/../data:/in', 'name:/in/', '/only'].map((text) => {
      const { type, name, source, destination } = parseBind(text);
      return { type, name, source, destination };
    }),
    [
      { type: 'bind', name: '', source: '/data', destination: '/in' },
      { type: 'volume', name: 'name', source: '', destination: '/in' },
      { type: 'volume', name: '', source: '', destination: '/only' },
    ],
  );
});

test('parseBind reads its options', () => {
  const mount = parseBind('/a:/b:ro,rslave,z');
  assert.equal(mount.readWrite, false);
  assert.equal(mount.propagation, 'rslave');
  assert.equal(parseBind('v:/b:nocopy').noCopy, true);
});

test('parseBind refuses what cannot be meant', () => {
  for (const text of ['a:b', '/a:/', ':/x', '/a:/b:ro,rw', '/a:/b:wild', '/a:/b:ro:extra', '']) {
    assert.throws(() => parseBind(text), invalid, text);
  }
});

test('parseMount refuses options of another type and paths that leave a volume', () => {
  const bad = [
    { Type: 'bind' as const, Target: '/x' },
    { Type: 'bind' as const, Source: 'rel', Target: '/x' },
    { Type: 'bind' as const, Source: '/a', Target: '/x', VolumeOptions: {} },
    { Type: 'volume' as const, Source: 'v', Target: '/x', BindOptions: {} },
    { Type: 'volume' as const, Source: 'v', Target: '/x', VolumeOptions: { Subpath: '../up' } },
    { Type: 'tmpfs' as const, Source: 'v', Target: '/x' },
    { Type: 'tmpfs' as const, Target: 'x' },
  ];
  for (const mount of bad) assert.throws(() => parseMount(mount), invalid, JSON.stringify(mount));
});
