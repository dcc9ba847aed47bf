import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import type { AuthorizationAttributes, Authorizer, Credentials, UserInfo } from '../contract.ts';
import { impersonate } from './impersonate.ts';

const JANE: UserInfo = { name: 'jane', groups: ['dev'] };

/** Allows what is named `resource/name`, `resource/sub/name` or `namespace:resource/name`; remembers what was asked. */
function allowing(...names: string[]): Authorizer & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    authorize({ verb, apiGroup, resource, subresource, namespace, name }: AuthorizationAttributes) {
      assert.equal(verb, 'impersonate');
      const what = [resource, subresource, name].filter(Boolean).join('/');
      asked.push(`${apiGroup}|${namespace === '' ? '' : `${namespace}:`}${what}`);
      return { decision: names.includes(asked.at(-1)?.split('|')[1] ?? '') ? 'allow' : 'noOpinion', reason: '' };
    },
  };
}

type Headers = Record<string, string | string[]>;

function bring(headers: Headers): Credentials {
  return { headers, remoteAddress: '' };
}

async function refusal(headers: Headers, authorizer: Authorizer): Promise<string> {
  try {
    await impersonate(bring(headers), JANE, authorizer);
  } catch (error) {
    assert.ok(isStatusError(error));
    return `${error.code} ${error.message}`;
  }
  return 'allowed';
}

test('a request without such headers stays its user, and nobody is asked', () => {
  const authorizer = allowing();
  assert.equal(impersonate(bring({ authorization: 'x', 'x-remote-user': 'root' }), JANE, authorizer), undefined);
  assert.deepEqual(authorizer.asked, []);
});

test('impersonate becomes a user of the default groups', async () => {
  const user = await impersonate(bring({ 'impersonate-user': 'bob' }), JANE, allowing('users/bob'));
  assert.deepEqual(user, { name: 'bob', groups: ['system:authenticated'] });
  const nobody = await impersonate(
    bring({ 'impersonate-user': 'system:anonymous' }),
    JANE,
    allowing('users/system:anonymous'),
  );
  assert.deepEqual(nobody?.groups, ['system:unauthenticated']);
});

test('impersonate becomes a service account with its groups, by the right on service accounts', async () => {
  const authorizer = allowing('a:serviceaccounts/robot');
  const user = await impersonate(bring({ 'impersonate-user': 'system:serviceaccount:a:robot' }), JANE, authorizer);
  assert.deepEqual(user?.groups, ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated']);
  assert.equal(
    await refusal({ 'impersonate-user': 'system:serviceaccount:b:robot' }, authorizer),
    '403 serviceaccounts "robot" is forbidden: User "jane" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "b"',
  );
});

test('impersonate asks for every group, uid and extra value', async () => {
  const headers = {
    'impersonate-user': 'bob',
    'impersonate-group': ['ops', 'db'],
    'impersonate-uid': '7',
    'impersonate-extra-example.com%2fscope': ['view', 'edit'],
  };
  const rights = ['users/bob', 'groups/ops', 'groups/db', 'uids/7'];
  const extras = ['userextras/example.com/scope/view', 'userextras/example.com/scope/edit'];
  const authorizer = allowing(...rights, ...extras);
  assert.deepEqual(await impersonate(bring(headers), JANE, authorizer), {
    name: 'bob',
    uid: '7',
    groups: ['ops', 'db', 'system:authenticated'],
    extra: { 'example.com/scope': ['view', 'edit'] },
  });
  assert.deepEqual(authorizer.asked, [
    '|users/bob',
    '|groups/ops',
    '|groups/db',
    'authentication.k8s.io|userextras/example.com/scope/view',
    'authentication.k8s.io|userextras/example.com/scope/edit',
    'authentication.k8s.io|uids/7',
  ]);
  for (const missing of [...rights, ...extras]) {
    const others = [...rights, ...extras].filter((one) => one !== missing);
    assert.match(await refusal(headers, allowing(...others)), /^403 /, missing);
  }
});

test('nobody becomes a master by a group that they may not impersonate', async () => {
  const headers = { 'impersonate-user': 'bob', 'impersonate-group': ['dev', 'system:masters'] };
  assert.equal(
    await refusal(headers, allowing('users/bob', 'groups/dev')),
    '403 groups "system:masters" is forbidden: User "jane" cannot impersonate resource "groups" in API group "" at the cluster scope',
  );
});

test('groups, uids and extras without a user are refused', async () => {
  for (const name of ['impersonate-group', 'impersonate-uid', 'impersonate-extra-x']) {
    assert.match(await refusal({ [name]: 'x' }, allowing()), /^400 /, name);
  }
  assert.match(await refusal({ 'impersonate-user': '', 'impersonate-group': 'x' }, allowing()), /^400 /);
});

test('a key of extra fields may be __proto__ or no encoding at all', async () => {
  const headers = { 'impersonate-user': 'bob', 'impersonate-extra-__proto__': 'x', 'impersonate-extra-%zz': 'y' };
  const user = await impersonate(
    bring(headers),
    JANE,
    allowing('users/bob', 'userextras/__proto__/x', 'userextras/%zz/y'),
  );
  assert.deepEqual(Object.keys(user?.extra ?? {}), ['__proto__', '%zz']);
  assert.equal(Object.getPrototypeOf(user?.extra), Object.prototype);
});

test('a comma in the name of a group does not make two groups of it', async () => {
  const headers = { 'impersonate-user': 'bob', 'impersonate-group': 'a, b, c' };
  const rawHeaders = ['Impersonate-User', 'bob', 'Impersonate-Group', 'a, b', 'IMPERSONATE-GROUP', 'c'];
  const authorizer = allowing('users/bob', 'groups/a, b', 'groups/c');
  const user = await impersonate({ headers, rawHeaders, remoteAddress: '' }, JANE, authorizer);
  assert.deepEqual(user?.groups, ['a, b', 'c', 'system:authenticated']);
});
