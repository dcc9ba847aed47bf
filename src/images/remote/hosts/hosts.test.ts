import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fetchManifest } from '../registry/manifests.ts';
import { Repository } from '../registry/repository.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { FAST_RETRY } from '../testing/remote-fixture.ts';
import { Hosts } from './hosts.ts';
import { parseHostsFile } from './hosts-file.ts';
import { InsecureRegistries } from './loopback.ts';

const addresses = (hosts: Hosts, domain: string) => hosts.endpointsOf(domain).map(({ base }) => base.href);

test('HTTP is tried for this machine and for what the settings name, after HTTPS; for others never', () => {
  const hosts = new Hosts({ certsDirs: [], insecureRegistries: ['reg.example:5000', '10.1.0.0/16'] });
  assert.deepEqual(addresses(hosts, 'quay.io'), ['https://quay.io/v2/']);
  assert.deepEqual(addresses(hosts, 'docker.io'), ['https://registry-1.docker.io/v2/']);
  for (const domain of ['localhost:5000', '127.9.9.9', '[::1]:5000', 'reg.example:5000', '10.1.2.3:80'])
    assert.deepEqual(addresses(hosts, domain).length, 2, domain);
  for (const domain of ['reg.example', '10.2.0.1', 'localhost.evil.example', '127.0.0.1.evil.example'])
    assert.equal(addresses(hosts, domain).length, 1, domain);
  assert.throws(() => new InsecureRegistries(['10.0.0.0/x']), /write a host/);
});

test('hosts.toml is read as containerd reads it', () => {
  const text = `
server = "https://origin.example"
ca = []
[host."https://mirror.example:8443/cache"]
  capabilities = ["pull", "resolve"]
  [host."https://mirror.example:8443/cache".header]
    x-one = "1"
    x-two = ["a", "b"]
[host."http://10.0.0.1:5000/api/docker"]
  capabilities = ["pull"]
  override_path = true
  skip_verify = true
`;
  const [first, second, server] = parseHostsFile(text, '/x/hosts.toml', 'docker.io');
  assert.equal(first?.base.href, 'https://mirror.example:8443/cache/v2/');
  assert.deepEqual(first?.headers, { 'x-one': '1', 'x-two': 'a, b' });
  assert.equal(first?.mirrorOf, 'docker.io');
  assert.equal(second?.base.href, 'http://10.0.0.1:5000/api/docker/');
  assert.deepEqual([second?.tls.skipVerify, second?.allowsHttp, second?.capabilities], [true, true, ['pull']]);
  assert.equal(server?.base.href, 'https://origin.example/v2/');
});

test('what is wrong in hosts.toml is told with its place', () => {
  const read = (text: string) => () => parseHostsFile(text, '/x/hosts.toml', 'a.example');
  assert.throws(read('server = 1'), /hosts\.toml: "server" must be a string/);
  assert.throws(read('[host."https://m"]\ncapabilities = ["fly"]'), /pull, resolve and push/);
  assert.throws(read('server = "ftp://x"'), /not an http\(s\) address/);
  assert.throws(read('= ='), /not TOML/);
  assert.throws(read('ca = "missing.crt"'), /cannot read the certificate \/x\/missing\.crt/);
});

test('a mirror serves; where it fails, or does not have it, the registry does; both hear what they should', async (t) => {
  await using origin = await FakeRegistry.start();
  await using mirror = await FakeRegistry.start('127.0.0.3');
  const folder = mkdtempSync(join(tmpdir(), 'hako-certs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, origin.host.replace(/:(\d+)$/, '_$1_')));
  const file = `server = "http://${origin.host}"\n[host."http://${mirror.host}"]\n`;
  writeFileSync(join(folder, origin.host.replace(/:(\d+)$/, '_$1_'), 'hosts.toml'), file);
  const { digest } = origin.addImage('app:1', [Buffer.from('x')]);
  const seen: (string | undefined)[] = [];
  mirror.intercept = (request) => void seen.push(request.headers.authorization) as unknown as boolean;
  const hosts = new Hosts({ certsDirs: [folder] });
  const credentialsFor = async () => ({ username: 'a', password: 'b' });
  using repository = new Repository({ domain: origin.host, path: 'app' }, { hosts, credentialsFor, retry: FAST_RETRY });
  assert.equal((await fetchManifest(repository, '1')).digest, digest);
  assert.match(mirror.log.join(), /ns=127\.0\.0\.1/);
  assert.deepEqual(seen, [undefined]);
  for (const [key, value] of origin.manifests) mirror.manifests.set(key, value);
  origin.log.length = 0;
  await fetchManifest(repository, '1');
  assert.deepEqual(origin.log, []);
  mirror.intercept = (_request, response) => Boolean(response.writeHead(500).end());
  await fetchManifest(repository, '1');
  assert.equal(origin.log.length, 1);
});
