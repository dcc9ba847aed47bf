import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { type Client, findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { until } from '../testing/until.ts';
import { recognize } from './approve.ts';
import { cleanAtMs } from './clean.ts';
import { planSigning } from './sign.ts';
import { type CertificateSigningRequest, CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY, REQUESTS } from './types.ts';

const CLIENT_USAGES = ['digital signature', 'client auth'];
const APPROVED = { conditions: [{ type: 'Approved', status: 'True', reason: 'Test', message: '' }] };

/** A PKCS #10 request by openssl, in base64. */
function pkcs10(subject: string, names?: string): string {
  const extra = names === undefined ? [] : ['-addext', `subjectAltName=${names}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
  return execFileSync('openssl', ['req', '-new', ...key, '-subj', subject, ...extra], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString('base64');
}

const NODE = pkcs10('/O=system:nodes/CN=system:node:n1');
const NODE_SERVING = pkcs10('/O=system:nodes/CN=system:node:n1', 'DNS:n1,IP:192.0.2.1');
const PERSON = pkcs10('/O=people/CN=ann');

function request(
  spec: Partial<CertificateSigningRequest['spec']>,
  status: CertificateSigningRequest['status'] = APPROVED,
): CertificateSigningRequest {
  const metadata = { name: 'r', creationTimestamp: secondsAgo(60) };
  const full = { request: PERSON, signerName: CLIENT, usages: CLIENT_USAGES, username: 'x', ...spec };
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata, spec: full, status };
}

test('recognize sees requests of kubelets, their own and those made for them', () => {
  const kubelet = { request: NODE, signerName: KUBELET_CLIENT };
  const ways = (spec: Partial<CertificateSigningRequest['spec']>, status: CertificateSigningRequest['status'] = {}) =>
    recognize(request(spec, status)).map(({ subresource }) => subresource);
  assert.deepEqual(ways({ ...kubelet, username: 'system:node:n1' }), ['selfnodeclient', 'nodeclient']);
  assert.deepEqual(ways({ ...kubelet, username: 'system:bootstrap:abcdef' }), ['nodeclient']);
  assert.deepEqual(ways({ ...kubelet, request: NODE_SERVING }), []);
  assert.deepEqual(ways({ ...kubelet, request: PERSON }), []);
  assert.deepEqual(ways({ ...kubelet, usages: ['client auth'] }), []);
  assert.deepEqual(ways({ ...kubelet, signerName: KUBELET_SERVING }), []);
  assert.deepEqual(ways(kubelet, APPROVED), []);
});

const SIGNING: readonly [string, Partial<CertificateSigningRequest['spec']>, string][] = [
  ['a client', {}, 'sign'],
  ['a client that wants to be a server', { usages: ['server auth'] }, 'refuse'],
  ['a client without client auth', { usages: ['digital signature'] }, 'refuse'],
  ['a kubelet', { signerName: KUBELET_CLIENT, request: NODE }, 'sign'],
  ['a kubelet of another group', { signerName: KUBELET_CLIENT, request: PERSON }, 'refuse'],
  ['a kubelet with names', { signerName: KUBELET_CLIENT, request: NODE_SERVING }, 'refuse'],
  [
    'a kubelet that serves',
    { signerName: KUBELET_SERVING, request: NODE_SERVING, usages: ['digital signature', 'server auth'] },
    'sign',
  ],
  [
    'a kubelet that serves without names',
    { signerName: KUBELET_SERVING, request: NODE, usages: ['digital signature', 'server auth'] },
    'refuse',
  ],
  ['what is old', { signerName: LEGACY, usages: ['code signing'] }, 'sign'],
  ['another signer', { signerName: 'example.org/mine' }, 'nothing'],
  ['rubbish', { request: Buffer.from('rubbish').toString('base64') }, 'refuse'],
];

test("planSigning signs what is of the signer's kind, and says why not", () => {
  for (const [name, spec, what] of SIGNING) assert.equal(planSigning(request(spec), NOW_MS).do, what, name);
  assert.equal(planSigning(request({}, {}), NOW_MS).do, 'nothing');
  const failed = { conditions: [...APPROVED.conditions, { type: 'Failed', status: 'True' }] };
  assert.equal(planSigning(request({}, failed), NOW_MS).do, 'nothing');
});

test('planSigning keeps lives between ten minutes and a year', () => {
  const lifeSeconds = (expirationSeconds?: number) => {
    const plan = planSigning(request(expirationSeconds === undefined ? {} : { expirationSeconds }), NOW_MS);
    return plan.do === 'sign' ? (plan.notAfterMs - NOW_MS) / 1000 : undefined;
  };
  assert.deepEqual(
    [lifeSeconds(), lifeSeconds(3600), lifeSeconds(1), lifeSeconds(2 ** 31)],
    [31_536_000, 3600, 600, 31_536_000],
  );
});

test('cleanAtMs keeps requests for a day, and for an hour after they were decided', () => {
  const hours = (status: CertificateSigningRequest['status']) =>
    (cleanAtMs(request({}, status)) - NOW_MS + 60_000) / 3_600_000;
  assert.equal(hours({}), 24);
  assert.equal(hours({ conditions: [{ type: 'Denied', status: 'True', lastUpdateTime: secondsAgo(60) }] }), 1);
  assert.equal(hours({ ...APPROVED, certificate: 'rubbish' }), 1);
});

async function ask(client: Client, spec: Partial<CertificateSigningRequest['spec']>): Promise<void> {
  const { apiVersion, kind, spec: full } = request(spec);
  // Who the administrator of these tests is.
  const asked = { ...full, username: 'system:apiserver', groups: ['system:masters'] };
  await client.create(REQUESTS, { apiVersion, kind, metadata: { name: 'r' }, spec: asked });
}

test('csrSigner signs what is approved, with the CA of clients, for as long as was asked', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await ask(client, { expirationSeconds: 7200 });
  const live = await client.get<CertificateSigningRequest>(REQUESTS, { name: 'r' });
  await client.update(REQUESTS, { ...live, status: APPROVED }, { subresource: 'approval' });
  const status = async () => (await findObject<CertificateSigningRequest>(client, REQUESTS, { name: 'r' }))?.status;
  await until(async () => (await status())?.certificate !== undefined);
  const certificate = new X509Certificate(Buffer.from((await status())?.certificate ?? '', 'base64'));
  assert.match(certificate.subject, /CN=ann/);
  assert.match(certificate.issuer, /kubernetes-client/);
  const leftMs = certificate.validToDate.getTime() - Date.now();
  assert.ok(leftMs > 7_000_000 && leftMs <= 7_200_000, String(leftMs));
});

test('csrSigner fails what it must not sign, approved or not', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await ask(client, { usages: ['server auth'] });
  const live = await client.get<CertificateSigningRequest>(REQUESTS, { name: 'r' });
  await client.update(REQUESTS, { ...live, status: APPROVED }, { subresource: 'approval' });
  const conditions = async () =>
    (await findObject<CertificateSigningRequest>(client, REQUESTS, { name: 'r' }))?.status?.conditions ?? [];
  await until(async () =>
    (await conditions()).some(({ type, reason }) => type === 'Failed' && reason === 'SignerValidationFailure'),
  );
});

test("csrApprover approves a kubelet's request of one who may, and the certificate follows", async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await ask(client, { request: NODE, signerName: KUBELET_CLIENT });
  const status = async () => (await findObject<CertificateSigningRequest>(client, REQUESTS, { name: 'r' }))?.status;
  await until(async () => (await status())?.certificate !== undefined);
  assert.equal((await status())?.conditions?.[0]?.reason, 'AutoApproved');
});
