import assert from 'node:assert/strict';
import { configMap, deployment, manifest, pod } from './support/objects.ts';
import { withEachKubectl } from './support/scenarios.ts';

withEachKubectl((scenario) => {
  scenario('delete by name, file, label and all', async ({ kubectl }) => {
    const label = { x: 'y' };
    await kubectl.okWith(
      ['a', 'b', 'c', 'd', 'e'].map((name) => configMap(name, undefined, label)).join(''),
      'create',
      '-f',
      '-',
    );
    assert.match(await kubectl.ok('delete', 'cm', 'a'), /^configmap "a" deleted/);
    assert.match(await kubectl.okWith(configMap('b'), 'delete', '-f', '-'), /^configmap "b" deleted/);
    assert.match(await kubectl.ok('delete', 'cm/c', '--dry-run=server'), /configmap "c" deleted.*\(server dry run\)/);
    assert.match(
      await kubectl.ok('delete', 'cm', '-l', 'x=y', '--field-selector=metadata.name=c'),
      /configmap "c" deleted/,
    );
    assert.match(await kubectl.ok('delete', 'cm', '--all'), /"d" deleted[\s\S]*"e" deleted/);
    assert.match(await kubectl.fails('delete', 'cm/a'), /"a" not found/);
    assert.equal(await kubectl.ok('delete', 'cm/a', '--ignore-not-found'), '');
  });

  scenario('delete of pods: with grace, at once, by force', async ({ kubectl }) => {
    await kubectl.okWith(
      pod('a') + pod('b') + pod('c', { app: 'c' }, { terminationGracePeriodSeconds: 2 }),
      'create',
      '-f',
      '-',
    );
    await kubectl.ok('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=20s');
    await kubectl.ok('delete', 'pod/a', '--now');
    await kubectl.ok('delete', 'pod/b', '--grace-period=0', '--force');
    assert.match(await kubectl.ok('delete', 'pod/c', '--wait=false'), /pod "c" deleted/);
    await kubectl.ok('wait', '--for=delete', 'pod/c', '--timeout=20s');
    assert.equal(await kubectl.ok('get', 'pods', '-o', 'name'), '');
  });

  scenario('delete waits for finalizers', async ({ kubectl }) => {
    await kubectl.okWith(configMap('a'), 'create', '-f', '-');
    await kubectl.ok('patch', 'cm/a', '--type=merge', '-p', '{"metadata":{"finalizers":["example.com/hold"]}}');
    const deletion = kubectl.run(['delete', 'cm/a', '--timeout=20s']);
    await kubectl.ok('wait', '--for=jsonpath={.metadata.deletionGracePeriodSeconds}=0', 'cm/a', '--timeout=10s');
    await kubectl.ok('patch', 'cm/a', '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]');
    assert.equal((await deletion).code, 0);
    assert.match(await kubectl.fails('get', 'cm/a'), /not found/);
  });

  scenario('delete cascades in the background, in the foreground, or leaves orphans', async ({ kubectl }) => {
    await kubectl.okWith(deployment('a', 1) + deployment('b', 1) + deployment('c', 1), 'create', '-f', '-');
    await kubectl.ok('wait', '--for=condition=Available', 'deploy', '--all', '--timeout=20s');
    await kubectl.ok('delete', 'deploy/a', '--cascade=foreground', '--timeout=20s');
    assert.equal(await kubectl.ok('get', 'rs,pods', '-l', 'app=a', '-o', 'name'), '');
    await kubectl.ok('delete', 'deploy/b', '--cascade=background', '--timeout=20s');
    await kubectl.ok('wait', '--for=delete', 'rs,pods', '-l', 'app=b', '--timeout=20s');
    await kubectl.ok('delete', 'deploy/c', '--cascade=orphan', '--timeout=20s');
    assert.match(
      await kubectl.ok('get', 'rs,pods', '-l', 'app=c', '-o', 'name'),
      /replicaset.apps\/c-\w+[\s\S]*pod\/c-/,
    );
    await kubectl.ok('delete', 'rs', '-l', 'app=c', '--timeout=20s');
  });

  scenario('delete of a namespace takes everything in it along', async ({ kubectl, namespace }) => {
    const name = `${namespace}-gone`;
    await kubectl.okWith(manifest('v1', 'Namespace', name), 'create', '-f', '-');
    await kubectl.okWith(configMap('a') + deployment('d', 1), 'create', '-n', name, '-f', '-');
    assert.match(await kubectl.ok('delete', 'namespace', name, '--timeout=25s'), /namespace ".*" deleted/);
    assert.match(await kubectl.fails('get', 'ns', name), /not found/);
    assert.match(await kubectl.fails('delete', 'namespace', 'default'), /forbidden: this namespace may not be deleted/);
  });

  scenario('wait for deletion, conditions and paths', async ({ kubectl }) => {
    await kubectl.okWith(pod('p') + deployment('d', 1), 'create', '-f', '-');
    assert.equal(await kubectl.ok('wait', '--for=condition=Ready', 'pod/p', '--timeout=20s'), 'pod/p condition met');
    await kubectl.ok('wait', '--for=condition=Available=true', 'deploy/d', '--timeout=20s');
    await kubectl.ok('wait', '--for=jsonpath={.status.phase}=Running', 'pod/p', '--timeout=20s');
    assert.match(
      await kubectl.fails('wait', '--for=condition=Never', 'pod/p', '--timeout=1s'),
      /timed out waiting for the condition/,
    );
    const waiting = kubectl.run(['wait', '--for=delete', 'pod/p', '--timeout=20s']);
    await kubectl.ok('delete', 'pod/p', '--wait=false');
    assert.equal((await waiting).code, 0);
    assert.match(await kubectl.fails('wait', '--for=condition=Ready', 'pod/nope', '--timeout=1s'), /not found/);
  });
});
