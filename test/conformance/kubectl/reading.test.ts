import assert from 'node:assert/strict';
import { configMap, pod } from './support/objects.ts';
import { withEachKubectl } from './support/scenarios.ts';

withEachKubectl((scenario) => {
  scenario('version tells of a server of 1.36', async ({ kubectl }) => {
    const { serverVersion } = await kubectl.json<{ serverVersion: { major: string; minor: string } }>('version');
    assert.deepEqual([serverVersion.major, serverVersion.minor], ['1', '36']);
  });

  scenario('api-resources lists kinds, short names and verbs', async ({ kubectl }) => {
    const wide = await kubectl.ok('api-resources', '-o', 'wide');
    assert.match(wide, /^deployments +deploy +apps\/v1 +true +Deployment +\S*patch\S* +all$/m);
    assert.match(wide, /^customresourcedefinitions +crd,crds +apiextensions\.k8s\.io\/v1 +false +/m);
    const names = (await kubectl.ok('api-resources', '--namespaced=false', '--verbs=list', '-o', 'name')).split('\n');
    assert.ok(names.includes('nodes') && names.includes('clusterroles.rbac.authorization.k8s.io'));
    assert.ok(!names.includes('pods'));
    assert.match(await kubectl.ok('api-resources', '--api-group=batch'), /cronjobs[\s\S]*jobs/);
  });

  scenario('api-versions lists groups with their versions', async ({ kubectl }) => {
    const versions = (await kubectl.ok('api-versions')).split('\n');
    for (const version of ['v1', 'apps/v1', 'autoscaling/v2', 'networking.k8s.io/v1', 'resource.k8s.io/v1'])
      assert.ok(versions.includes(version), version);
  });

  scenario('get prints tables, names, documents and paths', async ({ kubectl }) => {
    await kubectl.okWith(`${pod('b', { app: 'x' })}${pod('a', { app: 'y' })}`, 'create', '-f', '-');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=20s');
    assert.match(
      await kubectl.ok('get', 'pods'),
      /^NAME +READY +STATUS +RESTARTS +AGE\na +1\/1 +Running +0 +\d+s\nb +/,
    );
    assert.match(await kubectl.ok('get', 'po', '-o', 'wide'), /^NAME .* IP +NODE +NOMINATED NODE +READINESS GATES\n/);
    assert.match(await kubectl.ok('get', 'po', '--show-labels'), / LABELS\n.* app=y\n.* app=x$/);
    assert.match(await kubectl.ok('get', 'po', '-L', 'app'), / APP\n.* y\n.* x$/);
    assert.equal(await kubectl.ok('get', 'pods', '-o', 'name'), 'pod/a\npod/b');
    assert.equal(await kubectl.ok('get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}'), 'a b');
    assert.match(
      await kubectl.ok('get', 'pod/a', '-o', 'custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[0].image'),
      /^NAME +IMAGE\na +nginx$/,
    );
    assert.match(await kubectl.ok('get', 'pod', 'a', '-o', 'yaml'), /^apiVersion: v1\nkind: Pod\nmetadata:\n/);
    assert.match(await kubectl.ok('get', 'pod', 'a', '-o', 'go-template={{.metadata.name}}'), /^a$/);
    const list = await kubectl.json<{ kind: string; items: unknown[] }>('get', 'pods');
    assert.deepEqual([list.kind, list.items.length], ['List', 2]);
  });

  scenario('get selects, sorts and pages', async ({ kubectl }) => {
    const names = ['c', 'a', 'b'];
    await kubectl.okWith(
      names.map((name, at) => configMap(name, undefined, { at: String(9 - at) })).join(''),
      'create',
      '-f',
      '-',
    );
    const list = (...args: string[]) => kubectl.ok('get', 'cm', '-o', 'name', ...args);
    const named = (...wanted: string[]) => wanted.map((name) => `configmap/${name}`).join('\n');
    assert.equal(await list('-l', 'at'), named('a', 'b', 'c'));
    assert.equal(await list('-l', 'at in (9,8)', '--chunk-size=1'), named('a', 'c'));
    assert.equal(await list('-l', 'at,at!=9'), named('a', 'b'));
    assert.equal(await list('--field-selector=metadata.name=b'), named('b'));
    assert.match(await list('-l', 'at', '--sort-by=.metadata.labels.at'), /b\n.*a\n.*c$/);
    assert.match(await kubectl.ok('get', 'cm', '-l', 'at', '--sort-by={.metadata.labels.at}'), /b [\s\S]*a [\s\S]*c /);
    assert.match(await kubectl.fails('get', 'cm', '--field-selector=data.x=1'), /field label not supported/);
    assert.match(await kubectl.ok('get', 'cm', '-A', '--chunk-size=1'), /^NAMESPACE +NAME +DATA +AGE\n/);
    assert.match(await kubectl.fails('get', 'cm', 'nope'), /NotFound\): configmaps "nope" not found/);
    assert.match(await kubectl.fails('get', 'nopes'), /doesn't have a resource type "nopes"/);
  });

  scenario('get of several kinds, categories and raw paths', async ({ kubectl, namespace }) => {
    await kubectl.ok('create', 'configmap', 'one', '--from-literal=a=b');
    await kubectl.ok('create', 'service', 'clusterip', 'web', '--tcp=80');
    assert.match(await kubectl.ok('get', 'cm/one', 'svc/web'), /configmap\/one[\s\S]*service\/web/);
    assert.match(await kubectl.ok('get', 'all'), /^NAME +TYPE +CLUSTER-IP[\s\S]*service\/web +ClusterIP/);
    assert.equal(
      JSON.parse(await kubectl.ok('get', '--raw', `/api/v1/namespaces/${namespace}/configmaps/one`)).data.a,
      'b',
    );
    assert.equal(await kubectl.ok('get', '--raw', '/readyz'), 'ok');
    assert.match(await kubectl.ok('get', '--raw', '/metrics'), /apiserver_request/);
  });

  scenario('get -w follows what changes', async ({ kubectl }) => {
    await kubectl.ok('create', 'configmap', 'one');
    const watching = kubectl.run(['get', 'cm', 'one', '-w', '--output-watch-events', '--request-timeout=4s']);
    const names = kubectl.run(['get', 'cm', '--watch-only', '-o', 'name', '--request-timeout=4s']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await kubectl.ok('label', 'cm', 'one', 'x=y');
    await kubectl.ok('delete', 'cm', 'one');
    const { stdout } = await watching;
    assert.match(
      stdout,
      /^EVENT +NAME +DATA +AGE\nADDED +one +0 +\d+s\nMODIFIED +one +0 +\d+s\nDELETED +one +0 +\d+s\n/,
    );
    assert.match((await names).stdout, /configmap\/one\nconfigmap\/one/);
  });
});
