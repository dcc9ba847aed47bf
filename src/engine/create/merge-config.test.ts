import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { commandOf, mergeConfig } from './merge-config.ts';

const image = {
  Entrypoint: ['/entry'],
  Cmd: ['serve'],
  Env: ['PATH=/bin', 'MODE=image'],
  User: 'web',
  WorkingDir: '/srv',
  Labels: { a: 'image', b: 'image' },
  ExposedPorts: { '80/tcp': {} },
  Volumes: { '/data': {} },
  StopSignal: 'SIGQUIT',
  Healthcheck: { Test: ['CMD', 'probe'], Interval: 5, Retries: 3 },
};

test('mergeConfig takes everything from the image that the user left open', () => {
  const merged = mergeConfig({ Image: 'x' }, image);
  assert.deepEqual(commandOf(merged), { path: '/entry', args: ['serve'] });
  assert.equal(merged.User, 'web');
  assert.equal(merged.WorkingDir, '/srv');
  assert.equal(merged.StopSignal, 'SIGQUIT');
  assert.deepEqual(merged.Healthcheck, image.Healthcheck);
});

test('mergeConfig keeps the entrypoint and replaces the command', () => {
  assert.deepEqual(commandOf(mergeConfig({ Image: 'x', Cmd: ['other'] }, image)), { path: '/entry', args: ['other'] });
});

test('mergeConfig drops the image’s command when the entrypoint is replaced', () => {
  assert.deepEqual(commandOf(mergeConfig({ Image: 'x', Entrypoint: ['/mine'] }, image)), { path: '/mine', args: [] });
});

test('mergeConfig takes an empty entrypoint as none', () => {
  const merged = mergeConfig({ Image: 'x', Entrypoint: [''], Cmd: ['ls'] }, image);
  assert.deepEqual(commandOf(merged), { path: 'ls', args: [] });
});

test('mergeConfig lets the user’s variables, labels and probe settings win', () => {
  const user = { Image: 'x', Env: ['MODE=user', 'MORE=1'], Labels: { a: 'user' }, Healthcheck: { Interval: 9 } };
  const merged = mergeConfig(user, image);
  assert.deepEqual(merged.Env, ['MODE=user', 'MORE=1', 'PATH=/bin']);
  assert.deepEqual(merged.Labels, { a: 'user', b: 'image' });
  assert.deepEqual(merged.Healthcheck, { Test: ['CMD', 'probe'], Interval: 9, Retries: 3 });
});

test('mergeConfig joins exposed ports and volumes', () => {
  const merged = mergeConfig({ Image: 'x', ExposedPorts: { '53/udp': {} }, Volumes: { '/cache': {} } }, image);
  assert.deepEqual(Object.keys(merged.ExposedPorts ?? {}).sort(), ['53/udp', '80/tcp']);
  assert.deepEqual(Object.keys(merged.Volumes ?? {}).sort(), ['/cache', '/data']);
});

test('commandOf refuses a container with nothing to run', () => {
  assert.throws(
    () => commandOf(mergeConfig({ Image: 'x' }, {})),
    (error) => isHakoError(error, 'invalid'),
  );
});
