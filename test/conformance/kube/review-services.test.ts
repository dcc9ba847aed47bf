/** Services of others that say whose a token is and who may do what. */
import assert from 'node:assert/strict';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { ReviewService } from './support/review-service.ts';

const folder = forAllTests(mkdtempDisposableSync(join(tmpdir(), 'hako-reviews-'))).path;
const service = forAllTests(await ReviewService.start());
const config = service.writeConfig(join(folder, 'service.json'));
const { api } = forAllTests(
  await TestCluster.start({
    server: { authenticationTokenWebhook: { config }, authorizationWebhookConfig: config },
  }),
);
const jane = forAllTests(api.as({ token: 'jane-token' }));
const maps = '/api/v1/namespaces/default/configmaps';

describe('a service that knows tokens', () => {
  it('says whose a token is, once in two minutes', async () => {
    const who = await jane.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    assert.deepEqual(at(who, 'status.userInfo'), {
      username: 'jane',
      uid: '7',
      groups: ['dev', 'system:authenticated'],
    });
    await jane.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    assert.equal(service.count('TokenReview'), 1);
  });

  it('is asked by TokenReviews, too', async () => {
    const review = await api.create('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'jane-token' } });
    assert.equal(at(review, 'status.user.username'), 'jane');
  });

  it('is not asked for tokens of service accounts', async () => {
    await api.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } });
    const made = await api.create('/api/v1/namespaces/default/serviceaccounts/robot/token', { spec: {} });
    const before = service.count('TokenReview');
    using robot = api.as({ token: String(at(made, 'status.token')) });
    assert.equal((await robot.call('GET', '/version')).code, 200);
    assert.equal(service.count('TokenReview'), before);
  });

  it('refuses tokens that it does not know', async () => {
    using stranger = api.as({ token: 'stolen' });
    await refused(stranger.get(maps), 401, 'Unauthorized');
  });
});

describe('a service that knows who may do what', () => {
  it('allows what roles do not, and its reason is told where it does not', async () => {
    assert.equal((await jane.get(maps)).kind, 'ConfigMapList');
    const status = await refused(jane.create(maps, { metadata: { name: 'a' } }), 403, 'Forbidden');
    assert.match(status.message ?? '', /the service says no/);
  });

  it('is not asked where roles or groups allow', async () => {
    const before = service.count('SubjectAccessReview');
    assert.equal((await jane.call('GET', '/version')).code, 200);
    await api.get(maps);
    assert.equal(service.count('SubjectAccessReview'), before);
  });

  it('is asked by reviews of access, and cannot list its rules', async () => {
    const what = { namespace: 'other', verb: 'list', resource: 'configmaps' };
    const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    assert.equal(at(await jane.create(review, { spec: { resourceAttributes: what } }), 'status.allowed'), true);
    const rules = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    assert.equal(at(await jane.create(rules, { spec: { namespace: 'other' } }), 'status.incomplete'), true);
  });
});

describe('a service that does not answer', () => {
  it('lets nobody in and allows nothing', async () => {
    const gone = await ReviewService.start();
    const away = gone.writeConfig(join(folder, 'away.json'));
    await gone[Symbol.asyncDispose]();
    await using cluster = await TestCluster.start({
      server: { authenticationTokenWebhook: { config: away }, authorizationWebhookConfig: away },
    });
    using stranger = cluster.api.as({ token: 'jane-token' });
    await refused(stranger.get(maps), 401, 'Unauthorized');
    using joe = cluster.api.impersonating('joe');
    const status = await refused(joe.get(maps), 403, 'Forbidden');
    assert.match(status.message ?? '', /the authorization webhook cannot be asked/);
    assert.equal((await cluster.api.get(maps)).kind, 'ConfigMapList', 'the administrator needs no service');
  });

  it('keeps a server from starting where its file cannot be read', async () => {
    const nowhere = join(folder, 'nowhere.json');
    for (const server of [{ authenticationTokenWebhook: { config: nowhere } }, { authorizationWebhookConfig: nowhere }])
      await assert.rejects(TestCluster.start({ server }), /cannot read .*nowhere\.json, a webhook's file: ENOENT/);
  });
});
