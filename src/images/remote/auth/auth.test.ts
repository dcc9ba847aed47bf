import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Hosts } from '../hosts/hosts.ts';
import { fetchManifest } from '../registry/manifests.ts';
import { Repository } from '../registry/repository.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { FAST_RETRY } from '../testing/remote-fixture.ts';
import { parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { DockerConfig } from './docker-config.ts';
import { scopesToAskFor } from './scope.ts';
import { checkedRealm, parseToken } from './token.ts';

function repositoryAt(registry: FakeRegistry, credentials?: Credentials): Repository {
  const hosts = new Hosts({ certsDirs: [] });
  return new Repository(
    { domain: registry.host, path: 'app' },
    { hosts, credentialsFor: async () => credentials, retry: FAST_RETRY },
  );
}

/** Makes the registry ask for `token`, which `tokens` gives out for whatever `accepts` lets pass. */
function demandToken(registry: FakeRegistry, tokens: FakeRegistry, asked: URLSearchParams[]): void {
  registry.intercept = (request, response) => {
    if (request.headers.authorization === 'Bearer good') return false;
    const realm = `http://${tokens.host}/token`;
    const challenge = `Bearer realm="${realm}",service="reg, \\"x\\"",scope="repository:app:pull"`;
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
    return true;
  };
  tokens.intercept = (request, response) => {
    asked.push(new URL(request.url ?? '', 'http://t').searchParams);
    const isKnown = request.headers.authorization === `Basic ${btoa('anna:secret')}`;
    if (isKnown) response.end('{"token":"good","expires_in":300}');
    else response.writeHead(401).end();
    return true;
  };
}

test('a challenge is answered with a token for what is needed, and the token used again', async () => {
  await using registry = await FakeRegistry.start();
  await using tokens = await FakeRegistry.start();
  registry.addImage('app:1', [Buffer.from('x')]);
  const asked: URLSearchParams[] = [];
  demandToken(registry, tokens, asked);
  using repository = repositoryAt(registry, { username: 'anna', password: 'secret' });
  await fetchManifest(repository, '1');
  await fetchManifest(repository, '1');
  assert.deepEqual(
    asked.map((each) => [...each]),
    [
      [
        ['service', 'reg, "x"'],
        ['scope', 'repository:app:pull'],
        ['account', 'anna'],
      ],
    ],
  );
});

test('wrong credentials are told as such, and not tried again', async () => {
  await using registry = await FakeRegistry.start();
  await using tokens = await FakeRegistry.start();
  const asked: URLSearchParams[] = [];
  demandToken(registry, tokens, asked);
  using repository = repositoryAt(registry, { username: 'anna', password: 'wrong' });
  await assert.rejects(fetchManifest(repository, '1'), /incorrect username or password/);
  assert.equal(asked.length, 1);
});

test('a token that expires is replaced', async () => {
  await using registry = await FakeRegistry.start();
  await using tokens = await FakeRegistry.start();
  registry.addImage('app:1', [Buffer.from('x')]);
  demandToken(registry, tokens, []);
  using repository = repositoryAt(registry, { username: 'anna', password: 'secret' });
  await fetchManifest(repository, '1');
  const demand = registry.intercept;
  let refusals = 1;
  registry.intercept = (request, response) => {
    if (refusals-- <= 0) return demand(request, response);
    response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="http://${tokens.host}/token"` }).end();
    return true;
  };
  await fetchManifest(repository, '1');
});

test('absurd realms are refused: credentials go by HTTPS, or to the same host where HTTP is allowed', () => {
  const url = new URL('http://10.0.0.1:5000/v2/');
  const open = { url, allowsHttp: true };
  for (const realm of [
    'http://evil.example/',
    'file:///etc/passwd',
    'nonsense',
    'https://user:pw@a.example/',
    `https://${'a'.repeat(3000)}`,
  ])
    assert.throws(() => checkedRealm(realm, open), /refused/, realm);
  assert.throws(() => checkedRealm('http://10.0.0.1:5001/', { url, allowsHttp: false }), /HTTPS only/);
  assert.throws(() => checkedRealm(undefined, open), /refused/);
  for (const realm of ['https://auth.example/token', 'http://10.0.0.1:5001/token']) checkedRealm(realm, open);
});

test('scopes stay what is needed, whatever a challenge asks for', () => {
  const wanted = ['repository:app:pull'];
  for (const absurd of [
    'repository:app:pull,push,delete',
    'registry:catalog:*',
    'repository:other:push',
    'x'.repeat(5000),
    'repository:../x:pull',
  ])
    assert.deepEqual(scopesToAskFor(wanted, absurd), wanted, absurd);
  assert.deepEqual(scopesToAskFor(wanted, 'repository:hub/app:pull'), [...wanted, 'repository:hub/app:pull']);
});

test('challenges are read as RFC 9110 has them, however odd', () => {
  assert.deepEqual(parseChallenges('Basic realm="a, b", Bearer realm=x,scope="a:b:c"'), [
    { scheme: 'basic', parameters: { realm: 'a, b' } },
    { scheme: 'bearer', parameters: { realm: 'x', scope: 'a:b:c' } },
  ]);
  assert.deepEqual(parseChallenges(undefined), []);
  assert.deepEqual(parseChallenges('=;"'), []);
});

test('tokens are bounded and must be usable in a header', () => {
  assert.equal(parseToken(Buffer.from('{"access_token":"t"}'), 0).expiresAtMs, 60_000);
  for (const answer of ['{}', '[]', 'null', '{"token":"a\\nb"}', `{"token":"${'x'.repeat(70_000)}"}`, '<html>'])
    assert.throws(() => parseToken(Buffer.from(answer), 0), /token server/, answer.slice(0, 20));
});

test("docker's config.json is read and written: plain entries, old addresses, helpers for one registry and for all", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config.json');
  const helper = '#!/bin/sh\ncat > "$0.$1"\ncase $1 in get) echo \'{"Username":"<token>","Secret":"s3"}\';; esac\n';
  for (const name of ['one', 'all']) writeFileSync(join(folder, `docker-credential-${name}`), helper);
  for (const name of ['one', 'all']) chmodSync(join(folder, `docker-credential-${name}`), 0o755);
  const oldPath = process.env.PATH;
  process.env.PATH = `${folder}:${oldPath}`;
  t.after(() => {
    process.env.PATH = oldPath;
  });

  const auths = {
    'https://index.docker.io/v1/': { auth: btoa('hub:pw:with:colons') },
    'https://old.example/v1/': { auth: btoa('o:p') },
  };
  writeFileSync(path, JSON.stringify({ auths, HttpHeaders: { a: 'b' } }));
  const plain = DockerConfig.open(path);
  assert.deepEqual(await plain.credentialsFor('docker.io'), { username: 'hub', password: 'pw:with:colons' });
  assert.deepEqual(await plain.credentialsFor('old.example'), { username: 'o', password: 'p' });
  assert.equal(await plain.credentialsFor('unknown.example'), undefined);
  assert.equal(await plain.store('new.example:5000', { username: 'n', password: 'w' }), true);
  const kept = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual(kept.auths['new.example:5000'], { auth: btoa('n:w') });
  assert.deepEqual(kept.HttpHeaders, { a: 'b' });
  assert.equal(await DockerConfig.open(path).erase('old.example'), true);

  writeFileSync(path, JSON.stringify({ credHelpers: { 'one.example': 'one' }, credsStore: 'all' }));
  const helped = DockerConfig.open(path);
  assert.deepEqual(await helped.credentialsFor('one.example'), { username: '', identityToken: 's3' });
  assert.equal(readFileSync(join(folder, 'docker-credential-one.get'), 'utf8'), 'one.example');
  assert.equal(await helped.store('docker.io', { username: 'a', password: 'b' }), false);
  assert.match(readFileSync(join(folder, 'docker-credential-all.store'), 'utf8'), /index\.docker\.io.*"Secret":"b"/);
  writeFileSync(path, JSON.stringify({ credsStore: '../evil' }));
  await assert.rejects(DockerConfig.open(path).credentialsFor('x.example'), /no name of a credential helper/);
  writeFileSync(path, '{');
  assert.throws(() => DockerConfig.open(path), /is not JSON/);
});

test('a login keeps what another has written since the file was read, and a link to the file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [path, file] = [join(folder, 'config.json'), join(folder, 'dotfiles.json')];
  writeFileSync(file, '{"currentContext":"mine"}');
  symlinkSync('dotfiles.json', path);
  const configs = ['a.example', 'b.example', 'c.example'].map((domain) => ({
    domain,
    config: DockerConfig.open(path),
  }));
  for (const { domain, config } of configs) await config.store(domain, { username: domain, password: 'p' });
  assert.equal(await DockerConfig.open(path).erase('a.example'), true);
  assert.ok(lstatSync(path).isSymbolicLink());
  const value = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual([Object.keys(value.auths), value.currentContext], [['b.example', 'c.example'], 'mine']);
  assert.equal(lstatSync(file).mode & 0o777, 0o600);
});
