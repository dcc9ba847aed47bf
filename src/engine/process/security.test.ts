import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { securityOf } from './security.ts';

test('securityOf takes the default profile, and none where privileged', () => {
  assert.equal(securityOf({}).seccomp, 'default');
  assert.equal(securityOf({ Privileged: true }).seccomp, 'unconfined');
});

test('securityOf reads options in both spellings', () => {
  const security = securityOf({
    SecurityOpt: ['no-new-privileges', 'apparmor=mine', 'label:type:db_t', 'seccomp={"a":1}'],
  });
  assert.equal(security.noNewPrivileges, true);
  assert.equal(security.apparmorProfile, 'mine');
  assert.equal(security.selinuxLabel, 'system_u:system_r:db_t:s0');
  assert.deepEqual(security.seccomp, { profile: '{"a":1}' });
});

test('securityOf refuses unknown options and profiles that cannot be read', () => {
  for (const option of ['nonsense', 'systempaths=some', 'label=colour:red', 'seccomp=/does/not/exist']) {
    assert.throws(
      () => securityOf({ SecurityOpt: [option] }),
      (error) => isHakoError(error, 'invalid'),
      option,
    );
  }
});
