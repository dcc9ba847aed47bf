import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { imageOptions } from './image-settings.ts';
import { loadSettings } from './settings.ts';
import { parseSettings } from './settings-file.ts';

test('loadSettings lets flags win over the environment', () => {
  const settings = loadSettings({ run: '/tmp/flag' }, { HAKO_RUN: '/tmp/env', HAKO_ROOT: '/tmp/root' });
  assert.deepEqual([settings.root, settings.run], ['/tmp/root', '/tmp/flag']);
});

test('loadSettings names the instance after its folders, so that daemons stay apart', () => {
  const instances = ['/a', '/b'].map((root) => loadSettings({ root, run: '/r' }, {}).instance);
  assert.notEqual(instances[0], instances[1]);
  assert.equal(loadSettings({}, {}).instance, 'hako');
});

test('parseSettings reads what the documentation shows', () => {
  const text =
    'runtimes:\n  gvisor: { path: /usr/bin/runsc, args: [--network=host] }\ndefaultRuntime: gvisor\nuserns: private\n';
  assert.deepEqual(parseSettings(text, 'x'), {
    runtimes: { gvisor: { path: '/usr/bin/runsc', args: ['--network=host'] } },
    defaultRuntime: 'gvisor',
    userns: 'private',
  });
  assert.deepEqual(parseSettings('', 'x'), {});
});

test('parseSettings refuses unknown words, wrong types and broken YAML, and says where', () => {
  const bad: [string, RegExp][] = [
    ['rot: /x', /no setting "rot"/],
    ['userns: maybe', /settings\.userns must be one of host, private/],
    ['runtimes: { a: { args: [] } }', /settings\.runtimes\.a lacks "path"/],
    ['labels: 7', /settings\.labels must be a list/],
    ['imageGc: { minAge: 2 hours }', /minAge must be a time such as/],
    ['keepBlobs: never', /keepBlobs must be one of always, until-unpacked/],
    ['addressPools: [{ base: 10.0.0.0/8, size: 4 }]', /size must be a whole number/],
    ['a: [', /settings file x/],
  ];
  for (const [text, message] of bad) {
    assert.throws(
      () => parseSettings(text, 'x'),
      (error) => isHakoError(error, 'invalid') && message.test(error.message),
      text,
    );
  }
});

test('imageOptions fills in the kubelet’s marks, and collects nothing unless told to', () => {
  assert.deepEqual(imageOptions({}), { policyPath: '/etc/hako/policy.json' });
  const settings = parseSettings(
    'keepBlobs: until-unpacked\nimageGc: { lowPercent: 70, maxAge: 30d }\npolicy: /p',
    'x',
  );
  assert.deepEqual(imageOptions(settings), {
    keepBlobs: 'until-unpacked',
    gc: { highPercent: 85, lowPercent: 70, minAgeMs: 120_000, maxAgeMs: 30 * 86_400_000 },
    policyPath: '/p',
  });
});
