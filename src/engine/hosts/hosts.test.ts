import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { hostnameFile, hostsFile, parseExtraHost, resolvConfFile, writeInPlace } from './mod.ts';

const input = { hostname: 'web', domainname: '', endpoints: [], extraHosts: [], hostGateway: '' };
const local = hostsFile(input).trimEnd().split('\n');
/** The lines after those that every file begins with. */
const linesOf = (changes: Partial<Parameters<typeof hostsFile>[0]>) =>
  hostsFile({ ...input, ...changes })
    .trimEnd()
    .split('\n')
    .slice(local.length);

test('hosts begins with the local names', () => {
  assert.equal(local[0], '127.0.0.1\tlocalhost');
  assert.equal(local[1], '::1\tlocalhost ip6-localhost ip6-loopback');
});

test('hosts names the container at each of its addresses', () => {
  const endpoints = [
    { ipv4Address: '172.17.0.2', ipv6Address: '' },
    { ipv4Address: '172.18.0.5', ipv6Address: 'fd00::5' },
  ];
  assert.deepEqual(linesOf({ endpoints }), ['172.17.0.2\tweb', '172.18.0.5\tweb', 'fd00::5\tweb']);
  const [first] = linesOf({ endpoints, domainname: 'example.org' });
  assert.equal(first, '172.17.0.2\tweb.example.org web');
});

test('extra hosts come in every spelling; host-gateway becomes the addresses of the host', () => {
  const extraHosts = ['db:10.0.0.1', 'six:::1', 'six2=[fd00::1]', 'host.docker.internal:host-gateway'];
  assert.deepEqual(linesOf({ extraHosts, hostGateway: '172.17.0.1,fd00::1' }), [
    '10.0.0.1\tdb',
    '::1\tsix',
    'fd00::1\tsix2',
    '172.17.0.1\thost.docker.internal',
    'fd00::1\thost.docker.internal',
  ]);
  assert.deepEqual(linesOf({ extraHosts: ['h:host-gateway'] }), []);
});

test('malformed extra hosts are refused, so that none can write lines of its own', () => {
  for (const text of [
    '',
    'db',
    'db:',
    ':10.0.0.1',
    'db:10.0.0.256',
    'a b:1.1.1.1',
    'a:1.1.1.1\n6.6.6.6 b',
    '#a:1.1.1.1',
  ]) {
    assert.throws(
      () => parseExtraHost(text),
      (error) => isHakoError(error, 'invalid') && /add-host/.test(error.message),
      text,
    );
  }
});

test('hostname ends with a newline', () => assert.equal(hostnameFile('web'), 'web\n'));

test('resolv.conf follows the network unless the container chose otherwise', () => {
  const host = { nameservers: ['192.0.2.1', '192.0.2.2'], search: ['lan'], options: ['edns0'] };
  const none = { dns: [], search: [], options: [] };
  assert.equal(resolvConfFile(host, none), 'nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch lan\noptions edns0\n');
  const chosen = { dns: ['9.9.9.9'], search: ['a', 'b'], options: ['ndots:2', 'rotate'] };
  assert.equal(resolvConfFile(host, chosen), 'nameserver 9.9.9.9\nsearch a b\noptions ndots:2 rotate\n');
  assert.equal(resolvConfFile({ ...host, options: [] }, { ...none, search: ['.'] }).includes('search'), false);
});

test('resolv.conf keeps our own DNS server in user networks', () => {
  const own = { nameservers: ['127.0.0.11'], search: [], options: ['ndots:0'] };
  const text = resolvConfFile(own, { dns: ['9.9.9.9'], search: ['x'], options: [] });
  assert.equal(text, 'nameserver 127.0.0.11\nsearch x\noptions ndots:0\n');
});

test('writing in place keeps the inode, shortens and lengthens, and follows no link', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-hosts-'));
  try {
    const path = join(dir, 'hosts');
    writeInPlace(path, 'first\n');
    const { ino, mode } = statSync(path);
    assert.equal(mode & 0o777, 0o644);
    for (const text of ['a much longer text\n', 'x\n', '']) {
      writeInPlace(path, text);
      assert.equal(readFileSync(path, 'utf8'), text);
    }
    assert.equal(statSync(path).ino, ino);
    writeFileSync(join(dir, 'precious'), 'kept');
    symlinkSync(join(dir, 'precious'), join(dir, 'link'));
    assert.throws(() => writeInPlace(join(dir, 'link'), 'x'), /ELOOP/);
    assert.equal(readFileSync(join(dir, 'precious'), 'utf8'), 'kept');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
