import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf, OCTETS, RegistryClient, withDigest } from './testing/client.ts';
import { openOurs } from './testing/registries.ts';

test('a registry on a full disk says so, keeps what it has, and goes on when there is space', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-space-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', dir]);
  try {
    await using registry = await openOurs({ dir });
    const client = new RegistryClient(registry.url);
    const stray = randomBytes(3_000_000);
    await client.pushBlob('a', stray);
    await client.pushImage('a', 'v1');
    const bytes = randomBytes(7_500_000);
    const location = await client.startUpload('a');
    const full = await client.send('PATCH', location, { body: bytes, headers: OCTETS });
    assert.equal(full.status, 507);
    assert.equal((await client.send('GET', '/v2/a/manifests/v1')).status, 200);
    await client.send('DELETE', `/v2/a/blobs/${digestOf(stray)}`);
    const state = await client.send('GET', location);
    const start = Number(state.headers.get('range')?.slice(2)) + 1;
    assert.ok(start > 1_000_000, String(start));
    const rest = {
      body: bytes.subarray(start),
      headers: { ...OCTETS, 'Content-Range': `${start}-${bytes.length - 1}` },
    };
    assert.equal((await client.send('PUT', withDigest(location, digestOf(bytes)), rest)).status, 201);
  } finally {
    execFileSync('umount', [dir]);
    rmSync(dir, { recursive: true });
  }
});
