/** What is told of images that go: events by platform, as clients of `docker rmi --platform` and `docker events` see them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { FakeRegistry } from '../../../src/images/remote/testing/fake-registry.ts';
import { MediaType } from '../../../src/images/unpack/media-types.ts';
import { missing, TestDaemon } from '../../lib/daemon.ts';

const skip = missing();
let daemon: TestDaemon;
let registry: FakeRegistry;
before(async () => {
  if (skip !== undefined) return;
  daemon = await TestDaemon.start();
  registry = await FakeRegistry.start();
});
after(async () => {
  await registry?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

interface Event {
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
}

const ARCHES = ['amd64', 'arm64'];

/** Pulls one name for two platforms; answers the name and the ids. */
async function pullBoth(): Promise<{ name: string; ids: string[] }> {
  const manifests = ARCHES.map((architecture) => {
    const platform = { os: 'linux', architecture };
    const { manifest, digest } = registry.addImage(`app:${architecture}`, [randomBytes(100)], platform);
    return { mediaType: MediaType.manifest, digest, size: JSON.stringify(manifest).length, platform };
  });
  registry.addManifest('app:1', { schemaVersion: 2, mediaType: MediaType.index, manifests }, MediaType.index);
  const name = `${registry.host}/app:1`;
  const ids: string[] = [];
  for (const arch of ARCHES) {
    const platform = `linux/${arch}`;
    await daemon.api.ok('POST', `/images/create?fromImage=${registry.host}/app&tag=1&platform=${platform}`);
    const given = encodeURIComponent(JSON.stringify({ os: 'linux', architecture: arch }));
    ids.push((await daemon.api.ok<{ Id: string }>('GET', `/images/${name}/json?platform=${given}`)).Id);
  }
  return { name, ids };
}

/** What happened to images in the course of `work`: the action, the image, the name. */
async function eventsOf(work: () => Promise<unknown>): Promise<string[][]> {
  const nowS = () => (Date.now() / 1000).toFixed(3);
  const since = nowS();
  await work();
  const filters = encodeURIComponent(JSON.stringify({ type: ['image'] }));
  const lines = await daemon.api.call<unknown>('GET', `/events?since=${since}&until=${nowS()}&filters=${filters}`);
  const events = lines.message
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  return events.map(({ Action, Actor }) => [Action, Actor.ID, Actor.Attributes.name ?? '']);
}

test('rmi --platform tells of the image of that platform', { skip }, async () => {
  const { name, ids } = await pullBoth();
  const [amd64 = '', arm64 = ''] = ids;
  const remove = (arch: string) =>
    daemon.api.ok(
      'DELETE',
      `/images/${name}?platforms=${encodeURIComponent(`{"os":"linux","architecture":"${arch}"}`)}`,
    );
  assert.deepEqual(await eventsOf(() => remove('arm64')), [
    ['untag', arm64, name],
    ['delete', arm64, arm64],
  ]);
  const [untagged, ...rest] = await eventsOf(() => remove('amd64'));
  assert.deepEqual(untagged, ['untag', amd64, name]);
  assert.deepEqual(rest.at(-1), ['delete', amd64, amd64]);
});

test('an empty list of platforms is refused, as by dockerd, and removes nothing', { skip }, async () => {
  const { name } = await pullBoth();
  const { status, message } = await daemon.api.call('DELETE', `/images/${name}?platforms=`);
  assert.deepEqual([status, /failed to parse platform/.test(message)], [400, true], message);
  assert.equal((await daemon.api.call('GET', `/images/${name}/json`)).status, 200);
});

test('a prune tells of the names that it takes away', { skip }, async () => {
  const { name } = await pullBoth();
  const all = encodeURIComponent(JSON.stringify({ dangling: ['false'] }));
  const events = await eventsOf(() => daemon.api.ok('POST', `/images/prune?filters=${all}`));
  assert.equal(events.filter(([action, , of]) => action === 'untag' && of === name).length, 2);
});
