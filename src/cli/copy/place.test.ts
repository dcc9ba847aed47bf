import assert from 'node:assert/strict';
import { it } from 'node:test';
import { landing, parsePlace } from './place.ts';

it('a place is in a container when a name and a colon come first', () => {
  assert.deepEqual(parsePlace('web:/etc'), { container: 'web', path: '/etc' });
  assert.deepEqual(parsePlace('web:'), { container: 'web', path: '/' });
  for (const local of ['-', './a:b', '/a:b', 'plain', ':x'])
    assert.equal(parsePlace(local).container, undefined, local);
});

const dir = { exists: true, isDir: true };
const file = { exists: true, isDir: false };
const nothing = { exists: false, isDir: false };

it('things land where cp -r would put them', () => {
  const folder = { path: '/src/d', isDir: true };
  const single = { path: '/src/f', isDir: false };
  assert.deepEqual(landing(folder, { path: '/out', ...dir }), { dir: '/out', name: undefined });
  assert.deepEqual(landing({ ...folder, path: '/src/d/.' }, { path: '/out', ...dir }), { dir: '/out', name: '.' });
  assert.deepEqual(landing(folder, { path: '/out/new', ...nothing }), { dir: '/out', name: 'new' });
  assert.deepEqual(landing(folder, { path: '/out/new/', ...nothing }), { dir: '/out', name: 'new' });
  assert.deepEqual(landing(single, { path: '/out/new', ...nothing }), { dir: '/out', name: 'new' });
  assert.deepEqual(landing(single, { path: 'old', ...file }), { dir: '.', name: 'old' });
});

it('things do not land where they can not', () => {
  assert.throws(() => landing({ path: 'd', isDir: true }, { path: '/f', ...file }), /over the file/);
  assert.throws(() => landing({ path: 'f', isDir: false }, { path: '/new/', ...nothing }), /does not exist/);
  assert.throws(() => landing({ path: 'f', isDir: false }, { path: '/f/', ...file }), /no folder/);
});
