import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { newKey } from './certificate.ts';
import { SIGNERS, signerProblem } from './signers.ts';
import type { SigningRequest } from './signing-request.ts';

const NODE: SigningRequest = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
  subject: Buffer.alloc(0),
  publicKey: createPublicKey(newKey()),
};
const CLIENT = ['digital signature', 'key encipherment', 'client auth'];
const SERVER = ['digital signature', 'key encipherment', 'server auth'];

test('kubelets get client certificates for their own names alone', () => {
  const problem = (request: Partial<SigningRequest>, usages = CLIENT) =>
    signerProblem(SIGNERS.kubeletClient, { ...NODE, ...request }, usages);
  assert.equal(problem({}), undefined);
  assert.equal(problem({}, ['digital signature', 'client auth']), undefined, 'keys that encipher nothing');
  for (const request of [
    { organizations: ['system:masters'] },
    { organizations: ['system:nodes', 'system:masters'] },
    { organizations: [] },
    { commonName: 'kubernetes-admin' },
    { commonName: 'system:node:' },
    { dnsNames: ['x'] },
    { ipAddresses: ['10.0.0.1'] },
    { emailAddresses: ['x'] },
    { uris: ['x'] },
  ]) {
    assert.ok(problem(request), JSON.stringify(request));
  }
  assert.ok(problem({}, SERVER));
  assert.ok(problem({}, [...CLIENT, 'cert sign']));
  assert.ok(problem({}, ['client auth']));
});

test('kubelets get serving certificates for names and addresses', () => {
  const problem = (request: Partial<SigningRequest>, usages = SERVER) =>
    signerProblem(SIGNERS.kubeletServing, { ...NODE, ...request }, usages);
  assert.equal(problem({ ipAddresses: ['10.0.0.1'] }), undefined);
  assert.equal(problem({}), 'DNS or IP subjectAltName is required');
  assert.ok(problem({ dnsNames: ['n1'], uris: ['x'] }));
  assert.ok(problem({ dnsNames: ['n1'] }, CLIENT));
  assert.ok(problem({ dnsNames: ['n1'], commonName: 'kube-apiserver' }));
});

test('the client signer signs for clients, and unknown signers sign nothing', () => {
  assert.equal(signerProblem(SIGNERS.client, { ...NODE, commonName: 'jane' }, ['client auth']), undefined);
  assert.ok(signerProblem(SIGNERS.client, NODE, SERVER));
  assert.ok(signerProblem(SIGNERS.client, NODE, []));
  assert.ok(signerProblem('example.com/mine', NODE, CLIENT));
  assert.ok(signerProblem('__proto__', NODE, CLIENT));
});
