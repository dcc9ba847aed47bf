import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hashSync } from 'bcryptjs';
import { isHakoError } from '#base';
import { digestOf, errorCode, RegistryClient } from '../testing/client.ts';
import { openOurs } from '../testing/registries.ts';
import { Htpasswd } from './htpasswd.ts';
import { Rules, readRules } from './rules.ts';
import { parseScopes } from './scope.ts';
import { TOKEN_LIFETIME_S, TokenSigner } from './tokens.ts';

const dir = mkdtempSync(join(tmpdir(), 'hako-auth-'));
after(() => rmSync(dir, { recursive: true }));
const htpasswdPath = join(dir, 'users');
const rulesPath = join(dir, 'rules.yaml');
writeFileSync(htpasswdPath, `alice:${hashSync('secret', 4)}\nbob:${hashSync('hidden', 4)}\n# a comment\nold:{SHA}x\n`);
writeFileSync(
  rulesPath,
  `rules:
- { users: [alice], repositories: ["team/**"], actions: [pull, push, delete] }
- { users: ["*"], repositories: ["team/*"], actions: [pull] }
- { users: [anonymous], repositories: [public], actions: [pull] }
`,
);

function basic(user: string, password: string) {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('rules', () => {
  it('add up, and give nobody what none gives', () => {
    const rules = new Rules(readRules(rulesPath));
    assert.ok(rules.may('alice', 'push', 'team/a/b'));
    assert.ok(rules.may('bob', 'pull', 'team/a'));
    assert.ok(!rules.may('bob', 'pull', 'team/a/b'), '* is one component');
    assert.ok(!rules.may('bob', 'push', 'team/a'));
    assert.ok(rules.may(undefined, 'pull', 'public') && !rules.may(undefined, 'pull', 'team/a'));
    assert.ok(!rules.may('alice', 'pull', 'teams') && !rules.may('alice', 'pull', 'xteam/a'));
  });

  it('are refused where they say what is not known', () => {
    const path = join(dir, 'bad.yaml');
    for (const text of ['x: 1', 'rules: [{users: [a]}]', 'rules: [{users: [a], repositories: [b], actions: [fly]}]']) {
      writeFileSync(path, text);
      assert.throws(
        () => readRules(path),
        (error) => isHakoError(error, 'invalid'),
        text,
      );
    }
  });
});

describe('passwords', () => {
  it('are compared with bcrypt, and known again until the file changes', async () => {
    await using users = new Htpasswd(htpasswdPath);
    assert.equal(await users.verify('alice', 'secret'), true);
    assert.equal(await users.verify('alice', 'secret'), true);
    for (const [user, password] of [
      ['alice', 'hidden'],
      ['nobody', 'secret'],
      ['old', 'x'],
      ['alice', 'x'.repeat(9_999)],
    ] as const)
      assert.equal(await users.verify(user, password), false, user);
  });
});

describe('tokens', () => {
  it('are known again while they are young, and only as they were signed', () => {
    const signer = new TokenSigner();
    const token = signer.sign('alice', [{ type: 'repository', name: 'a', actions: ['pull'] }], 1_000_000);
    assert.equal(signer.verify(token, 1_000_000)?.sub, 'alice');
    assert.equal(signer.verify(token, 1_000_000 + TOKEN_LIFETIME_S * 1000), undefined);
    assert.equal(new TokenSigner().verify(token, 1_000_000), undefined);
    const [, body = ''] = token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    for (const forged of [`${none}.${body}.`, `${token}x`, '', '..', body])
      assert.equal(signer.verify(forged, 1_000_000), undefined);
  });

  it('carry the scopes that make sense', () => {
    assert.deepEqual(
      parseScopes(['repository:a/b:pull,push repository:c:*', 'registry:catalog:*', 'repository:../x:pull']),
      [
        { type: 'repository', name: 'a/b', actions: ['pull', 'push'] },
        { type: 'repository', name: 'c', actions: ['pull', 'push', 'delete'] },
      ],
    );
  });
});

describe('a registry with users', () => {
  it('challenges with Basic, lets users in, and keeps them to their rights', async () => {
    await using registry = await openOurs({ htpasswdPath, rulesPath });
    const nobody = new RegistryClient(registry.url);
    const refused = await nobody.send('GET', '/v2/');
    assert.deepEqual([refused.status, errorCode(refused)], [401, 'UNAUTHORIZED']);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic realm="/);
    const alice = new RegistryClient(registry.url, basic('alice', 'secret'));
    assert.equal((await alice.send('GET', '/v2/')).status, 200);
    assert.equal((await alice.pushImage('team/app', 'v1')).answer.status, 201);
    assert.equal((await alice.pushImage('other', 'v1')).answer.status, 403);
    const bob = new RegistryClient(registry.url, basic('bob', 'hidden'));
    assert.equal((await bob.send('GET', '/v2/team/app/manifests/v1')).status, 200);
    const denied = await bob.send('DELETE', '/v2/team/app/manifests/v1');
    assert.deepEqual([denied.status, errorCode(denied)], [403, 'DENIED']);
    assert.equal((await new RegistryClient(registry.url, basic('bob', 'secret')).send('GET', '/v2/')).status, 401);
    assert.equal((await nobody.send('GET', '/metrics')).status, 401);
    assert.equal((await nobody.send('GET', '/healthz')).status, 200);
  });

  it('mounts only from where the user may pull, and lists only what he may see', async () => {
    const path = join(dir, 'bob.yaml');
    writeFileSync(
      path,
      'rules: [{ users: [bob], repositories: [mine], actions: [pull, push] }, { users: [alice], repositories: ["**"], actions: [push] }]',
    );
    await using other = await openOurs({ htpasswdPath, rulesPath: path });
    const owner = new RegistryClient(other.url, basic('alice', 'secret'));
    const bytes = Buffer.from('a secret');
    await owner.pushBlob('hers', bytes);
    const bob = new RegistryClient(other.url, basic('bob', 'hidden'));
    const blob = digestOf(bytes);
    for (const query of [`?mount=${blob}&from=hers`, `?mount=${blob}`])
      assert.equal((await bob.send('POST', `/v2/mine/blobs/uploads/${query}`)).status, 202, query);
    await bob.pushImage('mine', 'v1');
    await owner.pushImage('hers', 'v1');
    const list = JSON.parse((await bob.send('GET', '/v2/_catalog')).body.toString()) as { repositories: string[] };
    assert.deepEqual(list.repositories, ['mine']);
  });

  it('gives tokens with the rights of the rules, and asks for those that lack', async () => {
    await using registry = await openOurs({ htpasswdPath, rulesPath, tokens: true });
    const nobody = new RegistryClient(registry.url);
    const challenge = (await nobody.send('GET', '/v2/team/app/manifests/v1')).headers.get('www-authenticate') ?? '';
    assert.match(
      challenge,
      new RegExp(`^Bearer realm="${registry.url}/token",service="[^"]+",scope="repository:team/app:pull"$`),
    );
    const tokenOf = async (headers: Record<string, string>, scope: string) => {
      const answer = await nobody.send('GET', `/token?service=x&scope=${encodeURIComponent(scope)}`, { headers });
      if (answer.status !== 200) return String(answer.status);
      return (JSON.parse(answer.body.toString()) as { token: string }).token;
    };
    const clientOf = (token: string) => new RegistryClient(registry.url, { Authorization: `Bearer ${token}` });
    const alice = clientOf(await tokenOf(basic('alice', 'secret'), 'repository:team/app:pull,push'));
    assert.equal((await alice.send('GET', '/v2/')).status, 200);
    assert.equal((await alice.pushImage('team/app', 'v1')).answer.status, 201);
    const more = await alice.send('DELETE', '/v2/team/app/manifests/v1');
    assert.equal(more.status, 401);
    assert.match(
      more.headers.get('www-authenticate') ?? '',
      /scope="repository:team\/app:delete",error="insufficient_scope"/,
    );
    const bob = clientOf(await tokenOf(basic('bob', 'hidden'), 'repository:team/app:pull,push'));
    assert.equal((await bob.send('GET', '/v2/team/app/manifests/v1')).status, 200);
    assert.equal((await bob.send('POST', '/v2/team/app/blobs/uploads/')).status, 401);
    assert.equal(await tokenOf(basic('bob', 'wrong'), 'repository:team/app:pull'), '401');
    const anonymous = clientOf(await tokenOf({}, 'repository:public:pull repository:team/app:pull'));
    assert.equal((await anonymous.send('GET', '/v2/public/manifests/v1')).status, 404, 'allowed, but there is none');
    assert.equal((await anonymous.send('GET', '/v2/team/app/manifests/v1')).status, 401);
    assert.equal((await clientOf('forged.token.x').send('GET', '/v2/')).status, 401);
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = 'grant_type=password&username=bob&password=hidden&scope=repository:team/app:pull&service=x';
    assert.equal((await nobody.send('POST', '/token', { headers: form, body })).status, 200);
  });
});
