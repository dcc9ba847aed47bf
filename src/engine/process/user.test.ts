import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { resolveUser } from './user.ts';

const files = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/var/www:/bin/sh\n# comment\n77:x:5:5::/odd:/bin/sh\n',
  group: 'root:x:0:\nweb:x:33:\naudio:x:29:web,root\nvideo:x:44:web\n',
};

test('resolveUser is root with root’s groups when nothing is said', () => {
  assert.deepEqual(resolveUser('', [], files), { uid: 0, gid: 0, additionalGids: [29], home: '/root' });
});

test('resolveUser finds a name with its supplementary groups', () => {
  assert.deepEqual(resolveUser('web', [], files), { uid: 33, gid: 33, additionalGids: [29, 44], home: '/var/www' });
});

test('resolveUser prefers a name that looks like a number', () => {
  assert.equal(resolveUser('77', [], files).uid, 5);
});

test('resolveUser accepts unknown numbers and drops account groups when a group is given', () => {
  assert.deepEqual(resolveUser('1234:55', ['audio'], files), { uid: 1234, gid: 55, additionalGids: [29], home: '/' });
  assert.deepEqual(resolveUser('web:root', [], files).additionalGids, []);
});

test('resolveUser refuses unknown names and ids out of range', () => {
  for (const text of ['nobody', 'web:nogroup', '4294967296']) {
    assert.throws(
      () => resolveUser(text, [], files),
      (error) => isHakoError(error, 'invalid'),
      text,
    );
  }
});
