import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import { untilItWorks } from '../../../../test/lib/wait.ts';
import { EtcdCluster, etcdSkip } from '../testing/etcd-server.ts';
import { record } from '../testing/recorder.ts';
import { assertUnbroken } from '../testing/suite-watch.ts';
import { EtcdStorage } from './etcd-storage.ts';

const skip = etcdSkip;

/** Writes until it is told to stop; answers the acknowledged keys with their revisions. Writes that etcd is away for are left out. */
function writer(storage: EtcdStorage, prefix: string): () => Promise<Map<string, number>> {
  const acknowledged = new Map<string, number>();
  let isStopped = false;
  const callers = Array.from({ length: 4 }, async (_, caller) => {
    for (let n = 0; !isStopped; n++) {
      const key = `${prefix}${caller}/${n}`;
      try {
        const result = await storage.put(key, `"${key}"`, 0);
        if (result.done) acknowledged.set(key, result.revision);
      } catch (error) {
        assert.ok(isStatusError(error), String(error));
      }
    }
  });
  return async () => {
    isStopped = true;
    await Promise.all(callers);
    return acknowledged;
  };
}

/** What was acknowledged is there, and the watcher heard of all of it once. */
async function assertNothingLost(
  storage: EtcdStorage,
  prefix: string,
  acknowledged: Map<string, number>,
  recorder: ReturnType<typeof record>,
): Promise<void> {
  const { entries, revision } = await storage.list({ prefix });
  const there = new Map(entries.map((entry) => [entry.key, entry.modRevision]));
  for (const [key, written] of acknowledged) assert.equal(there.get(key), written, key);
  await recorder.reach(revision);
  assert.deepEqual(new Map(recorder.changes.map((change) => [change.key, change.revision])), there);
  assert.equal(recorder.changes.length, there.size);
  assertUnbroken(recorder.changes);
  assert.equal(recorder.ended.length, 0);
}

test('EtcdStorage loses nothing when members of a cluster die, one after the other', {
  skip,
  timeout: 120_000,
}, async () => {
  await using cluster = await EtcdCluster.start(3);
  await using storage = await untilItWorks(() => EtcdStorage.open(cluster.endpoints));
  using recorder = record(storage, '/c/', await storage.revision());
  const stop = writer(storage, '/c/');
  for (const [index, member] of cluster.members.entries()) {
    await recorder.until(({ changes }) => changes.length >= (index + 1) * 40);
    // The members are killed in turn, so that the leader is one of them, as is the one that the storage talks to.
    await member.kill();
    const { length } = recorder.changes;
    await recorder.until(({ changes }) => changes.length >= length + 40);
    member.start();
    await untilItWorks(async () => {
      await using alone = await EtcdStorage.open([member.endpoint], { timeoutMs: 500 });
      await alone.revision();
    });
  }
  await assertNothingLost(storage, '/c/', await stop(), recorder);
});

test('EtcdStorage goes on with another member where one hangs', { skip, timeout: 120_000 }, async () => {
  await using cluster = await EtcdCluster.start(3);
  await using storage = await untilItWorks(() => EtcdStorage.open(cluster.endpoints));
  using recorder = record(storage, '/h/', await storage.revision());
  const stop = writer(storage, '/h/');
  await recorder.until(({ changes }) => changes.length >= 40);
  for (const member of cluster.members.slice(0, 2)) {
    member.signal('SIGSTOP');
    const before = recorder.changes.length;
    await recorder.until(({ changes }) => changes.length >= before + 40);
    member.signal('SIGCONT');
    await storage.revision();
  }
  await assertNothingLost(storage, '/h/', await stop(), recorder);
});

test('EtcdStorage says that it is away without a quorum, and is back with it', { skip, timeout: 120_000 }, async () => {
  await using cluster = await EtcdCluster.start(3);
  await using storage = await untilItWorks(() => EtcdStorage.open(cluster.endpoints, { timeoutMs: 2000 }));
  using recorder = record(storage, '/q/', await storage.revision());
  await untilItWorks(() => storage.put('/q/before', '1', 0));
  const [first, second] = cluster.members;
  await Promise.all([first?.kill(), second?.kill()]);
  const isUnavailable = (error: unknown) => isStatusError(error, 'ServiceUnavailable');
  await assert.rejects(storage.get('/q/before'), isUnavailable);
  await assert.rejects(storage.put('/q/lost', '1', 0), isUnavailable);
  first?.start();
  const { entry } = await untilItWorks(() => storage.get('/q/before'));
  assert.equal(entry?.value, '1');
  await untilItWorks(async () => assert.equal((await storage.put('/q/after', '1', 0)).done, true));
  await recorder.until(({ changes }) => changes.some((change) => change.key === '/q/after'));
  assertUnbroken(recorder.changes);
});

test('EtcdStorage says that nobody answers', { skip, timeout: 30_000 }, async () => {
  await assert.rejects(EtcdStorage.open(['http://127.0.0.1:1'], { timeoutMs: 500 }), (error) => {
    assert.ok(isStatusError(error, 'ServiceUnavailable'));
    assert.match(error.message, /127\.0\.0\.1:1\b/);
    return true;
  });
});

test('EtcdStorage refuses a certificate of another address', { skip, timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-etcd-tls-'));
  try {
    const { ca, cert, key } = makeCertificates(folder, '127.0.0.2');
    await using cluster = await EtcdCluster.start(1, {
      scheme: 'https',
      args: [`--cert-file=${cert}`, `--key-file=${key}`],
    });
    const open = () => EtcdStorage.open(cluster.endpoints, { caFile: ca, timeoutMs: 1000 });
    await untilItWorks(() => assert.rejects(open(), /127\.0\.0\.2/));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A certification authority, and certificates of it for the server and a client. */
function makeCertificates(folder: string, address = '127.0.0.1'): { ca: string; cert: string; key: string } {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test ca');
  openssl('req', ...curve.slice(0, -2), '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=root');
  writeFileSync(join(folder, 'extensions'), `subjectAltName = IP:${address}\n`);
  const ca = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'extensions'];
  openssl('x509', '-req', '-in', 'request.pem', '-out', 'cert.pem', ...ca);
  return { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
}

test('EtcdStorage speaks TLS and shows its certificate', { skip, timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-etcd-tls-'));
  try {
    const { ca, cert, key } = makeCertificates(folder);
    const args = [`--cert-file=${cert}`, `--key-file=${key}`, `--trusted-ca-file=${ca}`, '--client-cert-auth'];
    await using cluster = await EtcdCluster.start(1, { scheme: 'https', args });
    const options = { caFile: ca, certFile: cert, keyFile: key };
    await using storage = await untilItWorks(() => EtcdStorage.open(cluster.endpoints, options));
    using recorder = record(storage, '/t/', await storage.revision());
    await storage.put('/t/a', '1', 0);
    await recorder.until(({ changes }) => changes.length === 1);
    const isUnavailable = (error: unknown) => isStatusError(error, 'ServiceUnavailable');
    await assert.rejects(EtcdStorage.open(cluster.endpoints, { caFile: ca, timeoutMs: 1000 }), isUnavailable);
    await assert.rejects(
      EtcdStorage.open(cluster.endpoints, { certFile: cert, keyFile: key, timeoutMs: 1000 }),
      isUnavailable,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('EtcdStorage signs in with name and password, again where its token is no longer known', {
  skip,
  timeout: 60_000,
}, async () => {
  // Simple tokens live in the memory of the member: a restart makes them unknown.
  await using cluster = await EtcdCluster.start(1);
  await using plain = await untilItWorks(() => EtcdStorage.open(cluster.endpoints));
  await plain.put('/a', '1', 0);
  const etcdctl = (...args: string[]) =>
    execFileSync('etcdctl', ['--endpoints', cluster.endpoints.join(','), ...args], {
      env: { ...process.env, ETCDCTL_API: '3' },
      stdio: 'ignore',
    });
  etcdctl('user', 'add', 'root:secret');
  etcdctl('user', 'grant-role', 'root', 'root');
  etcdctl('auth', 'enable');
  await assert.rejects(plain.get('/a'), (error) => isStatusError(error));
  const credentials = { username: 'root', password: 'secret' };
  await assert.rejects(EtcdStorage.open(cluster.endpoints, { ...credentials, password: 'wrong', timeoutMs: 1000 }));
  await using storage = await EtcdStorage.open(cluster.endpoints, credentials);
  using recorder = record(storage, '/', await storage.revision());
  assert.equal((await storage.get('/a')).entry?.value, '1');
  await cluster.members[0]?.kill();
  cluster.members[0]?.start();
  await untilItWorks(() => storage.put('/b', '1', 0));
  await recorder.until(({ changes }) => changes.length === 1);
});

test('EtcdStorage compacts as the servers of upstream agree on', { skip, timeout: 60_000 }, async () => {
  await using cluster = await EtcdCluster.start(1);
  const open = () => EtcdStorage.open(cluster.endpoints, { compactEveryMs: 100 });
  await using storage = await untilItWorks(open);
  await using _second = await open();
  const { revision } = await storage.put('/k/a', '1', 0);
  await storage.put('/k/a', '2', revision);
  await untilItWorks(async () => {
    await assert.rejects(storage.list({ prefix: '/k/', revision: revision - 1 }), (e) => isStatusError(e, 'Expired'));
  });
  assert.equal((await storage.get('/k/a')).entry?.value, '2');
});

test('EtcdStorage lays out values as etcdctl shows them', { skip }, async () => {
  await using cluster = await EtcdCluster.start(1);
  await using storage = await untilItWorks(() => EtcdStorage.open(cluster.endpoints));
  await storage.put('/registry/pods/default/web', '{"kind":"Pod"}', 0);
  const args = ['--endpoints', cluster.endpoints.join(','), 'get', '/registry/', '--prefix'];
  const shown = execFileSync('etcdctl', args, { env: { ...process.env, ETCDCTL_API: '3' } }).toString();
  assert.equal(shown, '/registry/pods/default/web\n{"kind":"Pod"}\n');
});
