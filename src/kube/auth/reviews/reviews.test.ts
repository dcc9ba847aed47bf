import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badCredentials } from '../authenticate/bad-credentials.ts';
import { staticTokenAuthenticator } from '../authenticate/static-tokens.ts';
import { alwaysAllowAuthorizer, superuserAuthorizer } from '../authorize/superuser.ts';
import { unionAuthorizer } from '../authorize/union.ts';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../contract.ts';
import { type AccessReviewSpec, reviewAccess, reviewedUser, reviewRules } from './access-review.ts';
import { reviewToken, selfSubjectReview } from './token-review.ts';

const JANE: UserInfo = { name: 'jane', groups: ['dev'] };

async function ask(spec: AccessReviewSpec, decision: 'allow' | 'deny' | 'noOpinion' = 'allow', reason = '') {
  let asked: AuthorizationAttributes | undefined;
  const authorizer: Authorizer = {
    authorize(attributes) {
      asked = attributes;
      return { decision, reason };
    },
  };
  const status = await reviewAccess(authorizer, JANE, spec);
  assert.ok(asked !== undefined);
  return { status, asked };
}

test('reviewAccess asks what the spec says', async () => {
  const resourceAttributes = {
    namespace: 'a',
    verb: 'get',
    group: 'apps',
    resource: 'deployments',
    subresource: 'scale',
    name: 'x',
  };
  const { asked, status } = await ask({ resourceAttributes }, 'allow', 'because');
  const { isResourceRequest, verb, apiGroup, apiVersion, resource, subresource, namespace, name, user } = asked;
  assert.deepEqual(
    [isResourceRequest, verb, apiGroup, apiVersion, resource, subresource, namespace, name, user],
    [true, 'get', 'apps', '*', 'deployments', 'scale', 'a', 'x', JANE],
  );
  assert.deepEqual(status, { allowed: true, reason: 'because' });
});

test('reviewAccess asks about paths', async () => {
  const { asked } = await ask({ nonResourceAttributes: { verb: 'get', path: '/metrics' } });
  assert.deepEqual([asked.isResourceRequest, asked.verb, asked.path], [false, 'get', '/metrics']);
});

test('reviewAccess tells denials from silence', async () => {
  const spec = { nonResourceAttributes: { verb: 'get', path: '/' } };
  assert.deepEqual((await ask(spec, 'deny', 'no')).status, { allowed: false, denied: true, reason: 'no' });
  assert.deepEqual((await ask(spec, 'noOpinion')).status, { allowed: false });
});

test('reviewAccess passes selectors on, and says which it could not read', async () => {
  const selectors = async (resourceAttributes: NonNullable<AccessReviewSpec['resourceAttributes']>) => {
    const { asked, status } = await ask({ resourceAttributes });
    return [asked.fieldSelector, asked.labelSelector, status.evaluationError];
  };
  assert.deepEqual(
    await selectors({
      fieldSelector: { rawSelector: 'spec.nodeName=n' },
      labelSelector: { rawSelector: 'a in (b,c)' },
    }),
    ['spec.nodeName=n', 'a in (b,c)', undefined],
  );
  assert.deepEqual(
    await selectors({
      fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n'] }] },
      labelSelector: {
        requirements: [
          { key: 'a', operator: 'NotIn', values: ['b'] },
          { key: 'c', operator: 'Exists' },
        ],
      },
    }),
    ['spec.nodeName=n', 'a notin (b),c', undefined],
  );
  const [field, label, error] = await selectors({
    fieldSelector: { rawSelector: 'nonsense' },
    labelSelector: { requirements: [{ key: 'a', operator: '__proto__' }] },
  });
  assert.deepEqual([field, label], [undefined, undefined]);
  assert.match(String(error), /fieldSelector ignored due to parse error, labelSelector requirement/);
});

test('reviewedUser is the user of the spec', () => {
  assert.deepEqual(reviewedUser({ user: 'x', groups: ['g'], uid: '1', extra: { a: ['b'] } }), {
    name: 'x',
    groups: ['g'],
    uid: '1',
    extra: { a: ['b'] },
  });
});

const TOKENS = staticTokenAuthenticator('secret,jane,1,dev', ['api']);

test('reviewToken shows whose token it is, for the audiences that were asked for', async () => {
  const user = { username: 'jane', uid: '1', groups: ['dev', 'system:authenticated'] };
  assert.deepEqual(await reviewToken(TOKENS, { token: 'secret' }), { authenticated: true, user });
  assert.deepEqual(await reviewToken(TOKENS, { token: 'secret', audiences: ['api', 'x'] }), {
    authenticated: true,
    user,
    audiences: ['api'],
  });
});

test('reviewToken says why a token does not hold', async () => {
  assert.deepEqual(await reviewToken(TOKENS, { token: 'x' }), { user: {}, error: 'invalid bearer token' });
  const refusing = { authenticate: () => Promise.reject(badCredentials('it is old')) };
  assert.deepEqual(await reviewToken(refusing, { token: 'x' }), {
    user: {},
    error: '[invalid bearer token, it is old]',
  });
  await assert.rejects(reviewToken(TOKENS, {}), /token is required/);
});

test('selfSubjectReview shows oneself', () => {
  assert.deepEqual(selfSubjectReview(JANE), { userInfo: { username: 'jane', groups: ['dev'] } });
});

test('reviewRules lists what all authorizers allow, and wants a namespace', async () => {
  const silent: Authorizer = { authorize: () => ({ decision: 'noOpinion', reason: '' }) };
  const rules = await reviewRules(unionAuthorizer([superuserAuthorizer, silent]), JANE, 'a');
  assert.deepEqual(rules, { resourceRules: [], nonResourceRules: [], incomplete: true });
  const root = { name: 'root', groups: ['system:masters'] };
  assert.deepEqual((await reviewRules(superuserAuthorizer, root, 'a')).resourceRules[0]?.verbs, ['*']);
  assert.equal((await reviewRules(alwaysAllowAuthorizer, JANE, 'a')).incomplete, false);
  await assert.rejects(reviewRules(superuserAuthorizer, root, ''), /no namespace on request/);
});
