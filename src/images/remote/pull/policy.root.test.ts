import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MediaType } from '../../unpack/media-types.ts';
import { Hosts } from '../hosts/hosts.ts';
import { listReferrers } from '../registry/referrers.ts';
import { Repository } from '../registry/repository.ts';
import { FAST_RETRY, noise, openRemote } from '../testing/remote-fixture.ts';

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

test('a policy decides before any layer is fetched: rejected, not signed, signed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-policy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const policyPath = join(folder, 'policy.json');
  const write = (policy: object) => writeFileSync(policyPath, JSON.stringify(policy));
  write({ default: 'reject' });
  await using remote = await openRemote({}, { policyPath });
  const { registry, store } = remote;
  const { digest } = registry.addImage('app:1', [noise(100)]);
  const pull = () => store.images.pull(`${registry.host}/app:1`, {});
  await assert.rejects(pull(), /rejected by policy/);

  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(folder, 'key.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const signedBy = { sigstoreKeys: [join(folder, 'key.pub')] };
  write({ default: 'accept', rules: { [`${registry.host}/app`]: { signedBy } } });
  await assert.rejects(pull(), /is not signed as the policy wants it/);
  assert.ok(!registry.log.some((line) => line.includes('/blobs/')), 'no blob was fetched');

  const identity = { 'docker-reference': `${registry.host}/app` };
  const critical = { identity, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' };
  const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
  const signature = sign('sha256', payload, privateKey).toString('base64');
  const annotations = { 'dev.cosignproject.cosign/signature': signature };
  const layer = { mediaType: SIMPLE_SIGNING, digest: registry.addBlob(payload), size: payload.length, annotations };
  const config = { mediaType: MediaType.config, digest: registry.addBlob(Buffer.from('{}')), size: 2 };
  const manifest = { schemaVersion: 2, mediaType: MediaType.manifest, config, layers: [layer] };
  registry.addManifest(`app:${digest.replace(':', '-')}.sig`, manifest);
  store.images.verify(await pull(), `${registry.host}/app:1`);
});

test('referrers come from the API, page by page, or from the tag that older registries have', async () => {
  await using remote = await openRemote();
  const { registry } = remote;
  const { digest } = registry.addImage('app:1', [noise(100)]);
  const entry = (artifactType: string) => ({ mediaType: MediaType.manifest, digest, size: 2, artifactType });
  const index = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: MediaType.index, manifests });
  registry.addManifest(`app:${digest.replace(':', '-')}`, index(entry('by-tag')), MediaType.index);
  const hosts = new Hosts({ certsDirs: [] });
  using repository = new Repository(
    { domain: registry.host, path: 'app' },
    { hosts, credentialsFor: async () => undefined, retry: FAST_RETRY },
  );
  const types = async (artifactType?: string) =>
    (await listReferrers(repository, digest, artifactType === undefined ? {} : { artifactType })).map(
      (each) => each.artifactType,
    );
  registry.intercept = (request, response) => {
    if (!request.url?.includes('/referrers/')) return false;
    response.writeHead(404).end();
    return true;
  };
  assert.deepEqual(await types(), ['by-tag']);
  registry.intercept = (request, response) => {
    if (!request.url?.includes('/referrers/')) return false;
    const isSecond = request.url.includes('page=2');
    if (!isSecond) response.setHeader('Link', `</v2/app/referrers/${digest}?page=2>; rel="next"`);
    response.end(JSON.stringify(index(entry(isSecond ? 'sbom' : 'signature'))));
    return true;
  };
  assert.deepEqual(await types(), ['signature', 'sbom']);
  assert.deepEqual(await types('sbom'), ['sbom']);
});
