/** Crashes and races: nothing corrupt, nothing half-visible, and clients go on where they were. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { digestOf, OCTETS, RegistryClient, withDigest } from './testing/client.ts';
import { openOurs } from './testing/registries.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-registry-faults-'));
after(() => rmSync(root, { recursive: true }));

/** A registry in a process of its own, to be killed. */
async function start(dir: string, failpoints = ''): Promise<{ child: ChildProcess; client: RegistryClient }> {
  const program = join(import.meta.dirname, 'testing/serve.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HAKO_FAILPOINTS: failpoints },
  });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, client: new RegistryClient(url) };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

test('an upload goes on after the registry was killed in the middle of it, again and again', async () => {
  const dir = join(root, 'upload');
  const bytes = randomBytes(20_000_000);
  let location = '';
  let offset = 0;
  for (let round = 0; round < 6; round++) {
    const { child, client } = await start(dir);
    if (location === '') location = await client.startUpload('a');
    const state = await client.send('GET', location);
    assert.equal(state.status, 204);
    const last = Number(state.headers.get('range')?.slice(2));
    offset = last === 0 ? 0 : last + 1;
    const rest = client
      .send('PATCH', location, { body: bytes.subarray(offset), headers: OCTETS })
      .catch(() => undefined);
    await delay(5 + round * 3);
    await kill(child);
    await rest;
  }
  const { child, client } = await start(dir);
  try {
    const state = await client.send('GET', location);
    const last = Number(state.headers.get('range')?.slice(2));
    const from = last === 0 ? 0 : last + 1;
    const put = await client.send('PUT', withDigest(location, digestOf(bytes)), {
      body: bytes.subarray(from),
      headers: OCTETS,
    });
    assert.equal(put.status, 201, put.body.toString());
    assert.ok((await client.send('GET', `/v2/a/blobs/${digestOf(bytes)}`)).body.equals(bytes));
  } finally {
    await kill(child);
  }
});

for (const failpoint of ['registry.blob-stored', 'registry.manifest-stored']) {
  test(`a registry that dies at ${failpoint} shows nothing of the push, and takes it the next time`, async () => {
    const dir = join(root, failpoint);
    const layer = randomBytes(1_000);
    const first = await start(dir, `${failpoint}=kill`);
    await assert.rejects(first.client.pushImage('a', 'v1', { layer }));
    await kill(first.child);
    const { child, client } = await start(dir);
    try {
      assert.equal((await client.send('GET', '/v2/a/manifests/v1')).status, 404);
      assert.equal((await client.send('GET', '/v2/a/tags/list')).status, 404);
      const { digest, answer } = await client.pushImage('a', 'v1', { layer });
      assert.equal(answer.status, 201);
      assert.equal((await client.send('GET', `/v2/a/manifests/${digest}`)).status, 200);
      assert.ok((await client.send('GET', `/v2/a/blobs/${digestOf(layer)}`)).body.equals(layer));
    } finally {
      await kill(child);
    }
  });
}

test('an upload is not lost where the registry dies between storing its blob and knowing it', async () => {
  const dir = join(root, 'between');
  const bytes = randomBytes(100_000);
  const first = await start(dir, 'registry.blob-stored=kill');
  const location = await first.client.startUpload('a');
  await first.client.send('PATCH', location, { body: bytes, headers: OCTETS });
  await assert.rejects(first.client.send('PUT', withDigest(location, digestOf(bytes))));
  await kill(first.child);
  const { child, client } = await start(dir);
  try {
    assert.equal((await client.send('HEAD', `/v2/a/blobs/${digestOf(bytes)}`)).status, 404);
    assert.equal((await client.send('GET', location)).headers.get('range'), '0-99999');
    assert.equal((await client.send('PUT', withDigest(location, digestOf(bytes)))).status, 201);
    assert.ok((await client.send('GET', `/v2/a/blobs/${digestOf(bytes)}`)).body.equals(bytes));
    assert.equal((await client.send('GET', location)).status, 404, 'it is over');
  } finally {
    await kill(child);
  }
});

test('collections without any grace and pushes of the same tag get along: what is visible is whole', async () => {
  await using ours = await openOurs();
  const client = new RegistryClient(ours.url);
  const layers = Array.from({ length: 4 }, () => randomBytes(2_000));
  let pushing = true;
  const collecting = (async () => {
    let rounds = 0;
    for (; pushing; rounds++) {
      await ours.registry.collect({ graceMs: 3_600_000, uploadTtlMs: 3_600_000, untagged: true });
      await nextTurn();
    }
    return rounds;
  })();
  const pushed = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const { answer, digest } = await client.pushImage('a', 'v1', { layer: layers[index % 4] ?? randomBytes(1) });
      assert.equal(answer.status, 201);
      return digest;
    }),
  );
  pushing = false;
  assert.ok((await collecting) > 0);
  const tag = await client.send('GET', '/v2/a/manifests/v1');
  assert.ok(pushed.includes(digestOf(tag.body)));
  const { layers: [layer] = [] } = JSON.parse(tag.body.toString()) as { layers?: { digest: string }[] };
  assert.equal((await client.send('GET', `/v2/a/blobs/${layer?.digest}`)).status, 200);
});

test('collections that take everything at once never leave a manifest without its blobs', async () => {
  let nowMs = Date.now();
  const clock = { nowMs: () => (nowMs += 10), monotonicMs: () => performance.now() };
  await using ours = await openOurs({ clock });
  const client = new RegistryClient(ours.url);
  let pushing = true;
  const collecting = (async () => {
    while (pushing) {
      await ours.registry.collect({ graceMs: 0, uploadTtlMs: 3_600_000, untagged: false });
      await nextTurn();
    }
  })();
  const outcomes = await Promise.all(Array.from({ length: 80 }, (_, index) => client.pushImage('a', `v${index}`)));
  pushing = false;
  await collecting;
  for (const { answer, bytes } of outcomes) {
    const { layers, config } = JSON.parse(bytes.toString()) as {
      layers: { digest: string }[];
      config: { digest: string };
    };
    if (answer.status !== 201) {
      assert.match(answer.body.toString(), /MANIFEST_BLOB_UNKNOWN/);
      continue;
    }
    for (const { digest } of [...layers, config])
      assert.equal((await client.send('HEAD', `/v2/a/blobs/${digest}`)).status, 200);
  }
});
