import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { kubeconfig } from '../pki/kubeconfig.ts';
import { memoryPki } from '../pki/pki.ts';
import { requestInfo } from '../request-info.ts';
import { authorizationWebhook } from './authorization-webhook.ts';
import { readReviewService } from './kubeconfig.ts';
import { tokenWebhook } from './token-webhook.ts';

interface Review {
  readonly kind: string;
  readonly spec: {
    readonly token?: string;
    readonly user?: string;
    readonly resourceAttributes?: { readonly verb: string };
  };
}

/** A service that asks for a client certificate and answers what `answer` says. */
async function service(t: TestContext, answer: (review: Review) => object) {
  const pki = await memoryPki();
  const asked: Review[] = [];
  const server = createServer(
    { ...pki.serving, ca: pki.clientCa.cert, requestCert: true },
    async (request, response) => {
      const review = JSON.parse(await text(request)) as Review;
      asked.push(review);
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...review, ...answer(review) }));
    },
  );
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const directory = mkdtempSync(join(tmpdir(), 'hako-webhook-'));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  t.after(() => {
    stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const path = join(directory, 'webhook.yaml');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/review`;
  const user = pki.issueClient({ commonName: 'apiserver' });
  writeFileSync(path, kubeconfig({ server: url, certificateAuthority: pki.clusterCa.cert, user }));
  return { asked, stop, service: await readReviewService(path) };
}

test('tokenWebhook asks whose a token is, and remembers the answer', async (t) => {
  const made = await service(t, ({ spec }) => ({
    status:
      spec.token === 'good'
        ? { authenticated: true, user: { username: 'jane', groups: ['dev'] }, audiences: ['api', 'other'] }
        : { authenticated: false },
  }));
  let nowMs = 0;
  const tokens = tokenWebhook(made.service, ['api'], { nowMs: () => nowMs });
  const expected = { user: { name: 'jane', groups: ['dev'] }, audiences: ['api'] };
  assert.deepEqual(await tokens.authenticate('good', undefined), expected);
  assert.deepEqual(tokens.authenticate('good', undefined), expected);
  assert.equal(await tokens.authenticate('bad', undefined), undefined);
  assert.equal(await tokens.authenticate('good', ['vault']), undefined, 'the answer is for another audience');
  assert.equal(made.asked.length, 3);
  nowMs += 120_000;
  await tokens.authenticate('good', undefined);
  assert.equal(made.asked.length, 4);
  made.stop();
  await assert.rejects(async () => tokens.authenticate('new', undefined), /Unauthorized/);
});

test('authorizationWebhook asks whether something is allowed, and what holds when nobody answers', async (t) => {
  const made = await service(t, ({ spec }) => ({
    status:
      spec.user === 'jane'
        ? { allowed: true, reason: 'friend' }
        : spec.user === 'both'
          ? { allowed: true, denied: true }
          : { allowed: false },
  }));
  const ask = (name: string, options = {}) =>
    authorizationWebhook(made.service, options).authorize({
      ...requestInfo('GET', '/api/v1/pods?labelSelector=a'),
      user: { name, groups: [] },
    });
  assert.deepEqual(await ask('jane'), { decision: 'allow', reason: 'friend' });
  assert.deepEqual(await ask('both'), { decision: 'deny', reason: '' });
  assert.deepEqual(await ask('joe'), { decision: 'noOpinion', reason: '' });
  assert.equal(made.asked[0]?.spec.resourceAttributes?.verb, 'list');
  made.stop();
  assert.equal((await ask('jane')).decision, 'noOpinion');
  assert.equal((await ask('jane', { failurePolicy: 'Deny' })).decision, 'deny');
});

test('readReviewService names the file without a server', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hako-webhook-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'x.yaml');
  writeFileSync(path, 'kind: Config\n');
  await assert.rejects(readReviewService(path), /x.yaml: there is no cluster with a server/);
});
