import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPlatform, hostPlatform, parsePlatform, platformOf, satisfies } from './platform.ts';

describe('platform', () => {
  it('normalises names', () => {
    const names = {
      'linux/x86_64': 'linux/amd64',
      aarch64: 'linux/arm64',
      'linux/arm64/v8': 'linux/arm64',
      armhf: 'linux/arm/v7',
      'Linux/ARM/v6': 'linux/arm/v6',
    };
    for (const [text, expected] of Object.entries(names)) assert.equal(formatPlatform(parsePlatform(text)), expected);
    assert.deepEqual(parsePlatform('linux'), hostPlatform());
    for (const bad of ['', 'a/b/c/d', 'linux/', 'linux/a b'])
      assert.throws(() => parsePlatform(bad), /invalid platform/);
  });

  it('compares variants only where one is asked for', () => {
    const v7 = parsePlatform('linux/arm/v7');
    assert.ok(satisfies(v7, parsePlatform('linux/arm')));
    assert.ok(!satisfies(v7, parsePlatform('linux/arm/v6')));
    assert.ok(!satisfies(v7, parsePlatform('linux/arm64')));
    assert.equal(formatPlatform(platformOf({ os: '', architecture: 'arm64', variant: 'v8' })), 'linux/arm64');
  });
});
