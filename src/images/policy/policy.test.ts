import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isHakoError } from '#base';
import { parsePolicy, requirementFor } from './policy.ts';
import { PolicyFile } from './policy-file.ts';

const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const signedBy = (...sigstoreKeys: string[]) => ({ signedBy: { sigstoreKeys } });

describe('policy', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-policy-'));
  after(() => rmSync(dir, { recursive: true }));

  it('lets the longest scope decide', () => {
    const policy = parsePolicy({
      default: 'reject',
      rules: {
        'docker.io': 'accept',
        'docker.io/library': 'reject',
        'docker.io/library/nginx': signedBy(pem),
        '*.example.net': 'accept',
        'bad.example.net': 'reject',
        'localhost:5000': 'accept',
      },
    });
    const decisions = {
      'docker.io/user/app': 'accept',
      'docker.io/library/debian': 'reject',
      'docker.io/library/nginx': 'signedBy',
      'docker.io/library/nginx2': 'reject',
      'docker.io.evil.org/x': 'reject',
      'a.b.example.net/x': 'accept',
      'a.example.net:5000/x': 'accept',
      'example.net/x': 'reject',
      'evilexample.net/x': 'reject',
      'bad.example.net/x': 'reject',
      'localhost:5000/x': 'accept',
      'localhost:50000/x': 'reject',
    };
    for (const [repository, type] of Object.entries(decisions))
      assert.equal(requirementFor(policy, repository).requirement.type, type, repository);
  });

  it('refuses what it does not understand', () => {
    for (const [policy, message] of [
      [[], /an object/],
      [{ defualt: 'reject' }, /no "defualt"/],
      [{ default: 'maybe' }, /must be an object/],
      [{ rules: { 'docker.io': {} } }, /signedBy must be/],
      [{ rules: { 'docker.io': signedBy() } }, /at least one key/],
      [{ rules: { 'docker.io': { signedBy: { keys: [] } } } }, /no "keys"/],
      [{ rules: { 'docker.io': signedBy('relative.pem') } }, /absolute path/],
      [{ rules: { 'docker.io': signedBy('/does/not/exist.pem') } }, /cannot read/],
      [{ rules: { 'docker.io/UPPER': 'reject' } }, /the scope/],
      [{ rules: { '*': 'reject' } }, /the scope/],
    ] as const)
      assert.throws(
        () => parsePolicy(policy),
        (error) => isHakoError(error, 'invalid') && message.test(error.message),
      );
  });

  it('is read again when its file changes, and accepts nothing while the file is wrong', () => {
    const path = join(dir, 'policy.json');
    const file = new PolicyFile(path);
    assert.equal(file.current().default.type, 'accept');
    writeFileSync(path, JSON.stringify({ default: 'reject' }));
    assert.equal(file.current().default.type, 'reject');
    writeFileSync(path, '{');
    for (let round = 0; round < 2; round++)
      assert.throws(
        () => file.current(),
        (error) => isHakoError(error, 'failed_precondition') && error.message.includes(path),
      );
    writeFileSync(join(dir, 'key.pem'), pem);
    writeFileSync(path, JSON.stringify({ rules: { 'docker.io': signedBy(join(dir, 'key.pem')) } }));
    assert.equal(file.current().rules[0]?.requirement.type, 'signedBy');
  });
});
