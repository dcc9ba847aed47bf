import assert from 'node:assert/strict';
import { configMap, pod } from './support/objects.ts';
import { withEachKubectl } from './support/scenarios.ts';

/** Has client-go begin its watches with what is there (`sendInitialEvents=true`), which it does on its own from 0.35 on. */
const WATCH_LIST = { env: { KUBE_FEATURE_WatchListClient: 'true' } };

withEachKubectl((scenario) => {
  scenario('an informer by WatchList hears where what was there ends', async ({ kubectl }) => {
    await kubectl.okWith(pod('p'), 'create', '-f', '-');
    const wait = ['wait', '--for=condition=Ready', 'pod/p', '--timeout=20s', '-v=9'];
    const { code, stderr } = await kubectl.run(wait, WATCH_LIST);
    assert.equal(code, 0, stderr);
    if (kubectl.minor >= 35) assert.match(stderr, /sendInitialEvents=true/);
    const gone = kubectl.run(['wait', '--for=delete', 'pod/p', '--timeout=20s'], WATCH_LIST);
    await kubectl.ok('delete', 'pod/p', '--wait=false');
    assert.equal((await gone).code, 0);
  });

  scenario('a watch that begins at the beginning tells of what is there first', async ({ kubectl, namespace }) => {
    await kubectl.okWith(configMap('a', undefined, { mine: 'yes' }), 'create', '-f', '-');
    const query =
      'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1';
    const path = `/api/v1/namespaces/${namespace}/configmaps?${query}&labelSelector=mine`;
    const events = (await kubectl.ok('get', '--raw', path)).split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(events.map(({ type }) => type).slice(0, 2), ['ADDED', 'BOOKMARK']);
    assert.equal(events[1].object.metadata.annotations['k8s.io/initial-events-end'], 'true');
  });

  scenario('get -w shows what comes later', async ({ kubectl }) => {
    const all = kubectl.run(['get', 'cm', '-l', 'mine', '-w', '--request-timeout=3s'], WATCH_LIST);
    await kubectl.okWith(configMap('later', { a: 'b' }, { mine: 'yes' }), 'create', '-f', '-');
    await kubectl.ok('patch', 'cm/later', '-p', '{"data":{"c":"d"}}');
    const { stdout } = await all;
    assert.match(stdout, /^NAME +DATA +AGE\nlater +1 +\S+\nlater +2 +\S+\n$|^NAME +DATA +AGE\nlater +2 +\S+\n$/);
  });
});
