import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CAPABILITIES, capabilitySets, DEFAULT_CAPABILITIES, resolveCapabilities } from './capabilities.ts';

const names = (...args: Parameters<typeof resolveCapabilities>) => new Set(resolveCapabilities(...args));

describe('resolveCapabilities', () => {
  it('gives the default ones to those who ask for nothing', () => {
    assert.deepEqual(names([], [], false), new Set(DEFAULT_CAPABILITIES));
  });

  it('takes names with and without prefix in any case', () => {
    assert.ok(names(['net_admin', 'CAP_SYS_TIME'], [], false).has('CAP_NET_ADMIN'));
    assert.equal(names([], ['cap_chown'], false).has('CAP_CHOWN'), false);
  });

  it('lets ALL be added less some, and dropped but for some', () => {
    assert.equal(names(['ALL'], ['SYS_ADMIN'], false).size, CAPABILITIES.length - 1);
    assert.deepEqual(names(['CHOWN'], ['ALL'], false), new Set(['CAP_CHOWN']));
    assert.deepEqual(names([], ['all'], false), new Set());
  });

  it('gives a privileged container what the daemon has', () => {
    assert.deepEqual(names([], ['ALL'], true, ['CAP_CHOWN']), new Set(['CAP_CHOWN']));
  });

  it('refuses to give by name what the daemon lacks', () => {
    assert.throws(() => names(['SYS_ADMIN'], [], false, ['CAP_CHOWN']), /CAP_SYS_ADMIN cannot be given/);
    assert.deepEqual(names(['ALL'], [], false, ['CAP_CHOWN']), new Set(['CAP_CHOWN']));
  });

  it('leaves a user other than root without effective ones', () => {
    const sets = capabilitySets(['CAP_KILL'], { uid: 1000, gid: 0, additionalGids: [] });
    assert.deepEqual([sets.bounding, sets.effective, sets.permitted, sets.inheritable], [['CAP_KILL'], [], [], []]);
  });
});
