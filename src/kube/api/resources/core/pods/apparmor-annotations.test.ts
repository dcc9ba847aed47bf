import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createIn, updateIn } from '../../testing/check-kind.ts';
import { pods } from './row.ts';
import type { Pod } from './types.ts';

const KEY = 'container.apparmor.security.beta.kubernetes.io/';

function pod(annotations: Record<string, string>, container: object = {}, spec: object = {}) {
  const containers = [{ name: 'c', image: 'i', ...container }];
  return { metadata: { annotations }, spec: { containers, ...spec } };
}

describe('AppArmor annotations of a pod', () => {
  it('become the fields that nodes read', () => {
    const profileFor = (value: string, container: object = {}, spec: object = {}) => {
      const { object, complaints } = createIn(pods, pod({ [`${KEY}c`]: value }, container, spec));
      assert.deepEqual(complaints, []);
      return (object as Pod).spec.containers?.[0]?.securityContext?.appArmorProfile;
    };
    assert.deepEqual(profileFor('unconfined'), { type: 'Unconfined' });
    assert.deepEqual(profileFor('runtime/default', { securityContext: { privileged: true } }), {
      type: 'RuntimeDefault',
    });
    assert.deepEqual(profileFor('localhost/mine'), { type: 'Localhost', localhostProfile: 'mine' });
    assert.equal(profileFor('localhost/'), undefined);
    assert.equal(profileFor('localhost/ padded'), undefined);
    assert.equal(profileFor('unconfined', {}, { os: { name: 'windows' } }), undefined);
    const same = { securityContext: { appArmorProfile: { type: 'Unconfined' } } };
    assert.equal(profileFor('unconfined', {}, same), undefined);
    assert.deepEqual(profileFor('unconfined', same), { type: 'Unconfined' });
  });

  it('must be of a container, and say what there is, and what the field says', () => {
    const said = (annotations: Record<string, string>, profile?: object) =>
      createIn(pods, pod(annotations, profile && { securityContext: { appArmorProfile: profile } })).complaints;
    assert.deepEqual(said({ [`${KEY}x`]: 'unconfined' }), [
      `metadata.annotations[${KEY}x]: Invalid value: "x": container not found`,
    ]);
    assert.deepEqual(said({ [`${KEY}c`]: 'strict' }), [
      `metadata.annotations[${KEY}c]: Invalid value: "strict": invalid AppArmor profile name: "strict"`,
    ]);
    assert.deepEqual(said({ [`${KEY}c`]: 'unconfined' }, { type: 'RuntimeDefault' }), [
      'spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match',
    ]);
    assert.deepEqual(said({ [`${KEY}c`]: 'localhost/a' }, { type: 'Localhost', localhostProfile: 'b' }), [
      'spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: ' +
        'apparmor profile in annotation and field must match',
    ]);
  });

  it('stay what they are', () => {
    const change = (before: Record<string, string>, after: object) =>
      updateIn(pods, pod(before), { metadata: { annotations: after } }).complaints;
    assert.deepEqual(change({}, { [`${KEY}c`]: 'unconfined' }), [
      `metadata.annotations[${KEY}c]: Forbidden: may not add AppArmor annotations`,
    ]);
    assert.deepEqual(change({ [`${KEY}c`]: 'unconfined' }, { [`${KEY}c`]: 'runtime/default' }), [
      `metadata.annotations[${KEY}c]: Forbidden: may not remove or update AppArmor annotations`,
    ]);
  });
});
