/** What a client can do to a registry that it should not be able to. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { OCI_INDEX, OCI_MANIFEST } from './manifest/media-types.ts';
import { digestOf, errorCode, OCTETS, RegistryClient, withDigest } from './testing/client.ts';
import { openOurs, type TestRegistry } from './testing/registries.ts';

describe('a registry under hostile clients', () => {
  let registry: TestRegistry;
  let client: RegistryClient;
  before(async () => {
    registry = await openOurs();
    client = new RegistryClient(registry.url);
  });
  after(() => registry[Symbol.asyncDispose]());

  /** Sends bytes as they are: fetch would tidy the path. */
  async function raw(request: string): Promise<string> {
    const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request);
    return text(socket);
  }
  const rawRequest = (line: string) =>
    raw(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);

  it('refuses names and references that climb, in any spelling', async () => {
    const names = [
      '../x',
      'a/../b',
      'A',
      'a//b',
      '/a',
      'a/',
      '-a',
      'a..b',
      'a%2f..%2fb',
      '%2e%2e',
      'a\\b',
      'x'.repeat(300),
      'é',
    ];
    for (const name of names) {
      const answer = await rawRequest(`POST /v2/${encodeURI(name).replaceAll('%25', '%')}/blobs/uploads/`);
      assert.match(answer, /^HTTP\/1\.1 (400|404) /, name);
    }
    for (const reference of [
      '..',
      '../../etc/passwd',
      '%2e%2e',
      '.x',
      'x'.repeat(129),
      'sha256:../../../../etc/passwd',
    ])
      assert.match(await rawRequest(`GET /v2/a/manifests/${reference}`), /^HTTP\/1\.1 (400|404) /, reference);
    for (const digest of [
      'sha256:..',
      `sha256:${'A'.repeat(64)}`,
      `md5:${'a'.repeat(32)}`,
      `sha256:${'a'.repeat(63)}`,
      'sha512:x',
    ]) {
      const answer = await client.send('GET', `/v2/a/blobs/${digest}`);
      assert.deepEqual([answer.status, errorCode(answer)], [400, 'DIGEST_INVALID'], digest);
    }
    assert.deepEqual(
      readdirSync(registry.dir)
        .sort()
        .filter((name) => !name.startsWith('registry.db')),
      ['blobs', 'ingest', 'oci-layout'],
    );
  });

  it('knows upload ids only as it gave them, and only in their repository', async () => {
    const location = await client.startUpload('a');
    const id = location.split('/').at(-1) ?? '';
    for (const path of [
      `/v2/b/blobs/uploads/${id}`,
      '/v2/a/blobs/uploads/..',
      `/v2/a/blobs/uploads/..%2f${id}`,
      '/v2/a/blobs/uploads/ref-upload-x',
    ]) {
      for (const method of ['GET', 'PATCH', 'DELETE', 'PUT']) {
        const answer = await rawRequest(`${method} ${withDigest(path, digestOf(''))}`);
        assert.match(answer, /^HTTP\/1\.1 (404|405) /, `${method} ${path}`);
      }
    }
    assert.equal((await client.send('GET', location)).status, 204, 'it is still there');
  });

  it('refuses manifests that are huge, deep, or both a manifest and an index', async () => {
    const huge = await client.pushManifest('a', 'v1', Buffer.alloc(4 * 2 ** 20 + 1, 32));
    assert.deepEqual([huge.status, errorCode(huge)], [413, 'MANIFEST_INVALID']);
    const { bytes, descriptor } = await client.pushImage('a', 'ok');
    const document = JSON.parse(bytes.toString()) as Record<string, unknown>;
    const variants: [string, string, string][] = [
      ['deep', '['.repeat(2_000_000), OCI_MANIFEST],
      ['many', `{"schemaVersion":2,"x":[${'{},'.repeat(900_000)}{}]}`, OCI_MANIFEST],
      ['no object', '[]', OCI_MANIFEST],
      ['other type', bytes.toString(), OCI_INDEX],
      ['both', JSON.stringify({ ...document, manifests: [descriptor] }), OCI_MANIFEST],
      ['both as index', JSON.stringify({ ...document, mediaType: OCI_INDEX, manifests: [descriptor] }), OCI_INDEX],
      [
        'schema 1',
        JSON.stringify({ schemaVersion: 1, name: 'a', fsLayers: [] }),
        'application/vnd.docker.distribution.manifest.v1+prettyjws',
      ],
      ['negative size', JSON.stringify({ ...document, config: { ...descriptor, size: -1 } }), OCI_MANIFEST],
      ['bad digest', JSON.stringify({ ...document, config: { ...descriptor, digest: 'sha256:../..' } }), OCI_MANIFEST],
      ['bad subject', JSON.stringify({ ...document, subject: 'x' }), OCI_MANIFEST],
      ['annotations', JSON.stringify({ ...document, annotations: { a: { b: 1 } } }), OCI_MANIFEST],
      ['prototype', '{"__proto__":{"schemaVersion":2},"layers":[]}', OCI_MANIFEST],
    ];
    for (const [name, body, type] of variants) {
      const answer = await client.pushManifest('a', 'bad', body, type);
      assert.deepEqual([answer.status, errorCode(answer)], [400, 'MANIFEST_INVALID'], name);
    }
    assert.equal((await client.send('GET', '/v2/a/manifests/bad')).status, 404);
  });

  it('refuses sizes that are not so', async () => {
    const layer = randomBytes(50);
    const { bytes } = await client.pushImage('a', 'sized', { layer });
    const lie = bytes.toString().replace('"size":50', '"size":51');
    const answer = await client.pushManifest('a', 'sized', lie);
    assert.deepEqual([answer.status, errorCode(answer)], [400, 'SIZE_INVALID']);
    const location = await client.startUpload('a');
    const headers = { ...OCTETS, 'Content-Range': '0-99' };
    const short = await client.send('PATCH', location, { body: layer, headers });
    assert.deepEqual([short.status, errorCode(short)], [400, 'SIZE_INVALID']);
    for (const range of ['x', '5-1', '-5', '0-99999999999999999999', '1-49']) {
      const refused = await client.send('PATCH', location, { body: layer, headers: { 'Content-Range': range } });
      assert.deepEqual([refused.status, errorCode(refused)], [416, 'RANGE_INVALID'], range);
    }
  });

  it('keeps what came before a client went away, and lets it go on from there', async () => {
    const bytes = randomBytes(200_000);
    const location = await client.startUpload('a');
    const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n`);
    socket.resume().end(bytes.subarray(0, 120_000));
    await once(socket, 'close');
    let start = 0;
    while (start <= 1) {
      const state = await client.send('GET', location);
      start = Number(/^0-(\d+)$/.exec(state.headers.get('range') ?? '')?.[1] ?? 0) + 1;
    }
    assert.ok(start <= 120_000, String(start));
    const put = await client.send('PUT', withDigest(location, digestOf(bytes)), {
      body: bytes.subarray(start),
      headers: { ...OCTETS, 'Content-Range': `${start}-199999` },
    });
    assert.equal(put.status, 201);
    const stored = await client.send('GET', `/v2/a/blobs/${digestOf(bytes)}`);
    assert.ok(stored.body.equals(bytes));
  });

  it('answers what is no HTTP, headers without end and unknown methods, and lives', async () => {
    assert.match(await raw('hello\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(await raw(`GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(33_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await rawRequest('PROPFIND /v2/'), /^HTTP\/1\.1 405 /);
    assert.match(await rawRequest('GET /v2/a/b'), /^HTTP\/1\.1 404 /);
    assert.match(await rawRequest('GET /v2/%zz/tags/list'), /^HTTP\/1\.1 404 /);
    for (const query of ['n=-1', 'n=x', 'n=1e9', `n=${'9'.repeat(40)}`])
      assert.equal((await client.send('GET', `/v2/_catalog?${query}`)).status, 400, query);
    assert.equal((await client.send('GET', '/v2/')).status, 200);
  });

  it('asks for no body that it will refuse', async () => {
    await using readOnly = await openOurs({ readOnly: true });
    const socket = connect(Number(new URL(readOnly.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 405 /);
    socket.destroy();
  });

  it('counts and logs what happened without being led astray', async () => {
    const accessLogPath = join(registry.dir, 'access.log');
    await using logged = await openOurs({ accessLogPath });
    const visitor = new RegistryClient(logged.url, { 'User-Agent': 'a "quoted\\" agent' });
    await visitor.send('GET', '/v2/x/tags/list');
    logged.registry.reopenLog();
    const lines = readFileSync(accessLogPath, 'utf8').trim().split('\n');
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /"GET \/v2\/x\/tags\/list HTTP\/1\.1" 404 \d+ "-" "a \\x22quoted\\x5c\\x22 agent"/);
    const metrics = (await visitor.send('GET', '/metrics')).body.toString();
    assert.match(metrics, /hako_registry_http_requests_total\{route="tags",method="GET",code="404"\} 1/);
  });
});
