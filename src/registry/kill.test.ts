/**
 * SIGKILL in the middle of pushes and pulls: nothing corrupt, nothing half-visible, and every transfer goes on where it was. Two clients
 * push the same tag all the while, a third pulls it, and garbage is collected. HAKO_TEST_KILLS makes it a soak test.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '#base';
import { OCI_MANIFEST } from './manifest/media-types.ts';
import { type Answer, describe, digestOf, OCTETS, withDigest } from './testing/client.ts';
import { KilledRegistry } from './testing/killed-registry.ts';

const KILLS = Number(process.env.HAKO_TEST_KILLS ?? 6);
const LAYER_BYTES = 6_000_000;
const CHUNK_BYTES = 1_500_000;
const REPOSITORY = 'soak';

const root = mkdtempSync(join(tmpdir(), 'hako-registry-kill-'));
after(() => rmSync(root, { recursive: true }));

/** What clients saw, so that the test can say that it tested anything. */
const seen = { pushes: 0, pulls: 0, resumedPushes: 0, resumedPulls: 0 };

class Pusher {
  readonly #registry: KilledRegistry;
  readonly #name: string;
  stopped = false;

  constructor(registry: KilledRegistry, name: string) {
    this.#registry = registry;
    this.#name = name;
  }

  async run(): Promise<void> {
    for (let round = 0; !this.stopped; round++) {
      const layer = randomBytes(LAYER_BYTES);
      const config = Buffer.from(
        JSON.stringify({ architecture: 'amd64', os: 'linux', author: `${this.#name} ${round}` }),
      );
      for (const bytes of [layer, config]) await this.#pushBlob(bytes);
      const manifest = {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: describe(config, 'application/vnd.oci.image.config.v1+json'),
        layers: [describe(layer, 'application/vnd.oci.image.layer.v1.tar')],
      };
      await this.#pushManifest(Buffer.from(JSON.stringify(manifest)));
      seen.pushes++;
    }
  }

  async #pushManifest(bytes: Buffer): Promise<void> {
    const answer = await this.#until('PUT', `/v2/${REPOSITORY}/manifests/latest`, {
      body: bytes,
      headers: { 'Content-Type': OCI_MANIFEST },
    });
    assert.equal(answer.status, 201, answer.body.toString());
  }

  /** By chunks. What the registry said that it has, it has after a kill, too. */
  async #pushBlob(bytes: Buffer): Promise<void> {
    let location = '';
    let acknowledged = 0;
    for (;;) {
      if (location === '') location = await this.#begin();
      const offset = await this.#offset(location);
      // The PUT may have been done, and its answer lost.
      if (offset === undefined && (await this.#has(bytes))) return;
      assert.ok(offset !== undefined, 'an upload that was begun is not forgotten');
      assert.ok(offset >= acknowledged, `${offset} of ${acknowledged} acknowledged bytes are there`);
      if (offset > acknowledged && offset < bytes.length) seen.resumedPushes++;
      acknowledged = await this.#chunks(location, bytes, offset);
      if (acknowledged < bytes.length) continue;
      const put = await this.#registry.send('PUT', withDigest(location, digestOf(bytes)));
      if (put?.status === 201) return;
      if (put !== undefined) assert.fail(`PUT: ${put.status} ${put.body}`);
    }
  }

  async #chunks(location: string, bytes: Buffer, from: number): Promise<number> {
    for (let start = from; start < bytes.length; ) {
      const end = Math.min(bytes.length, start + CHUNK_BYTES);
      const headers = { ...OCTETS, 'Content-Range': `${start}-${end - 1}` };
      const answer = await this.#registry.send('PATCH', location, { body: bytes.subarray(start, end), headers });
      if (answer === undefined) return start;
      assert.equal(answer.status, 202, answer.body.toString());
      start = end;
    }
    return bytes.length;
  }

  async #begin(): Promise<string> {
    const answer = await this.#until('POST', `/v2/${REPOSITORY}/blobs/uploads/`);
    return answer.headers.get('location') ?? '';
  }

  async #offset(location: string): Promise<number | undefined> {
    const { status, headers } = await this.#until('GET', location);
    if (status === 404) return undefined;
    const last = Number(headers.get('range')?.slice(2));
    return last === 0 ? 0 : last + 1;
  }

  async #has(bytes: Buffer): Promise<boolean> {
    return (await this.#until('HEAD', `/v2/${REPOSITORY}/blobs/${digestOf(bytes)}`)).status === 200;
  }

  async #until(...request: Parameters<KilledRegistry['send']>): Promise<Answer> {
    return untilAnswered(this.#registry, ...request);
  }
}

async function untilAnswered(
  registry: KilledRegistry,
  ...request: Parameters<KilledRegistry['send']>
): Promise<Answer> {
  for (;;) {
    const answer = await registry.send(...request);
    if (answer !== undefined) return answer;
  }
}

/** Pulls what the tag is, by pieces, over kills. */
async function pull(registry: KilledRegistry): Promise<void> {
  const manifest = await untilAnswered(registry, 'GET', `/v2/${REPOSITORY}/manifests/latest`);
  if (manifest.status === 404) return delay(5);
  assert.equal(manifest.status, 200);
  const { layers, config } = JSON.parse(manifest.body.toString()) as Record<'layers', { digest: Digest }[]> & {
    config: { digest: Digest };
  };
  for (const { digest } of [config, ...layers]) {
    const parts: Buffer[] = [];
    for (let offset = 0, total = Number.POSITIVE_INFINITY; offset < total; ) {
      const headers = { Range: `bytes=${offset}-${offset + 700_000}` };
      const answer = await registry.send('GET', `/v2/${REPOSITORY}/blobs/${digest}`, { headers });
      if (answer === undefined) {
        if (offset > 0) seen.resumedPulls++;
        continue;
      }
      assert.equal(answer.status, 206, `blob of a visible manifest: ${answer.body}`);
      total = Number(/\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1]);
      parts.push(answer.body);
      offset += answer.body.length;
    }
    assert.equal(digestOf(Buffer.concat(parts)), digest);
  }
  seen.pulls++;
}

/** Every file under blobs/ is what its name says. */
function checkBlobs(dir: string): void {
  for (const hex of readdirSync(join(dir, 'blobs/sha256'))) {
    const found = createHash('sha256')
      .update(readFileSync(join(dir, 'blobs/sha256', hex)))
      .digest('hex');
    assert.equal(found, hex);
  }
}

test(`pushes and pulls go on after each of ${KILLS} kills; what is visible is whole`, {
  timeout: 1_200_000,
}, async () => {
  await using registry = new KilledRegistry(root, 150);
  await registry.start();
  const pushers = ['one', 'two'].map((name) => new Pusher(registry, name));
  let pulling = true;
  const puller = (async () => {
    while (pulling) await pull(registry);
  })();
  const clients = Promise.all([...pushers.map((pusher) => pusher.run()), puller]);
  let failed = false;
  clients.catch(() => {
    failed = true;
  });
  const killer = (async () => {
    for (let kill = 0; kill < KILLS && !failed; kill++) {
      await delay(30 + Math.random() * 400);
      await registry.kill();
      checkBlobs(root);
      await registry.start();
    }
    for (const pusher of pushers) pusher.stopped = true;
    pulling = false;
  })();
  await Promise.all([killer, clients]);
  await pull(registry);
  checkBlobs(root);
  assert.ok(seen.pushes > 0 && seen.pulls > 0, JSON.stringify(seen));
  assert.ok(KILLS < 20 || seen.resumedPushes > 0, JSON.stringify(seen));
  console.log(`${KILLS} kills: ${JSON.stringify(seen)}`);
});
