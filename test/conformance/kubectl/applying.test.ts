import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { configMap, deployment, manifest } from './support/objects.ts';
import { withEachKubectl } from './support/scenarios.ts';

withEachKubectl((scenario) => {
  scenario('apply merges three ways: what it set, what others set, what is wanted', async ({ kubectl }) => {
    const apply = (text: string) => kubectl.okWith(text, 'apply', '-f', '-');
    assert.equal(await apply(configMap('a', { keep: '1', drop: '2' })), 'configmap/a created');
    assert.equal(await apply(configMap('a', { keep: '1', drop: '2' })), 'configmap/a unchanged');
    await kubectl.ok('patch', 'cm/a', '--type=merge', '-p', '{"data":{"other":"3"}}');
    assert.equal(await apply(configMap('a', { keep: '9' })), 'configmap/a configured');
    assert.equal(await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.data}'), '{"keep":"9","other":"3"}');
    assert.match(await kubectl.ok('apply', 'view-last-applied', 'cm/a'), /keep: "9"/);
  });

  scenario('apply merges lists by their keys', async ({ kubectl }) => {
    const pods = (containers: object[]) =>
      deployment('d', 0, { template: { metadata: { labels: { app: 'd' } }, spec: { containers } } });
    const main = { name: 'main', image: 'a', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] };
    await kubectl.okWith(pods([main, { name: 'second', image: 'b' }]), 'apply', '-f', '-');
    await kubectl.ok('set', 'env', 'deploy/d', '-c', 'main', 'OTHER=2');
    await kubectl.okWith(pods([{ ...main, image: 'c' }]), 'apply', '-f', '-');
    assert.equal(
      await kubectl.ok(
        'get',
        'deploy/d',
        '-o',
        'jsonpath={range .spec.template.spec.containers[*]}{.name}:{.image}:{.env[*].name}{end}',
      ),
      'main:c:A OTHER',
    );
  });

  scenario('apply --server-side names conflicts and forces them', async ({ kubectl }) => {
    const apply = (text: string, ...args: string[]) =>
      kubectl.okWith(text, 'apply', '--server-side', '-f', '-', ...args);
    assert.equal(await apply(configMap('a', { x: '1', y: '1' })), 'configmap/a serverside-applied');
    const error = await kubectl.failsWith(
      configMap('a', { x: '2' }),
      'apply',
      '--server-side',
      '--field-manager=other',
      '-f',
      '-',
    );
    assert.match(error, /Apply failed with 1 conflict: conflict with "kubectl": \.data\.x/);
    await apply(configMap('a', { x: '2' }), '--field-manager=other', '--force-conflicts');
    await apply(configMap('a', { y: '1' }));
    assert.equal(await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.data}'), '{"x":"2","y":"1"}');
    await apply(configMap('a'));
    assert.equal(await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.data}'), '{"x":"2"}');
    const { metadata } = await kubectl.json<{ metadata: { managedFields: { manager: string; operation: string }[] } }>(
      'get',
      'cm/a',
      '--show-managed-fields',
    );
    assert.deepEqual(metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`).sort(), [
      'other Apply',
    ]);
  });

  scenario('apply --server-side takes over what apply has made', async ({ kubectl }) => {
    await kubectl.okWith(configMap('a', { x: '1', y: '1' }), 'apply', '-f', '-');
    await kubectl.okWith(configMap('a', { x: '2' }), 'apply', '--server-side', '-f', '-');
    assert.equal(await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.data}'), '{"x":"2"}');
  });

  scenario('apply --prune deletes what is no longer wanted', async ({ kubectl }) => {
    const label = { set: 'one' };
    await kubectl.okWith(configMap('a', undefined, label) + configMap('b', undefined, label), 'apply', '-f', '-');
    const types = ['--prune-allowlist=core/v1/ConfigMap'];
    const pruned = await kubectl.okWith(
      configMap('a', undefined, label),
      'apply',
      '-f',
      '-',
      '--prune',
      '-l',
      'set=one',
      ...types,
    );
    assert.match(pruned, /configmap\/a unchanged[\s\S]*configmap\/b pruned/);
    assert.equal(await kubectl.ok('get', 'cm', '-l', 'set', '-o', 'name'), 'configmap/a');
  });

  scenario('apply and delete of a kustomization', async ({ kubectl }) => {
    const folder = join(kubectl.folder, `kustom-${kubectl.namespace}`);
    mkdirSync(folder);
    const name = (file: string) => `kustom-${kubectl.namespace}/${file}`;
    kubectl.file(name('deployment.yaml'), deployment('d', 1));
    kubectl.file(
      name('kustomization.yaml'),
      'resources: [deployment.yaml]\nnamePrefix: my-\nimages: [{name: nginx, newTag: "2"}]\n' +
        'configMapGenerator: [{name: settings, literals: [a=b]}]\n',
    );
    assert.match(await kubectl.ok('kustomize', folder), /name: my-d\n[\s\S]*image: nginx:2/);
    assert.match(
      await kubectl.ok('apply', '-k', folder),
      /configmap\/my-settings-\w+ created\ndeployment.apps\/my-d created/,
    );
    assert.equal(await kubectl.ok('diff', '-k', folder), '');
    await kubectl.ok('delete', '-k', folder);
  });

  scenario('diff tells with its exit code whether something would change', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 0), 'apply', '-f', '-');
    assert.equal(await kubectl.okWith(deployment('d', 0), 'diff', '-f', '-'), '');
    const changed = await kubectl.run(['diff', '-f', '-'], { input: deployment('d', 3) });
    assert.equal(changed.code, 1);
    assert.match(changed.stdout, /- {2}replicas: 0\n\+ {2}replicas: 3/);
    const forced = ['diff', '--server-side', '--force-conflicts', '-f', '-'];
    const serverSide = await kubectl.run(forced, { input: deployment('d', 4) });
    assert.equal(serverSide.code, 1);
    assert.match(serverSide.stdout, /- {2}replicas: 0\n\+ {2}replicas: 4/);
    const added = await kubectl.run(['diff', '-f', '-'], { input: configMap('new', { a: 'b' }) });
    assert.equal(added.code, 1);
    assert.match(added.stdout, /\+kind: ConfigMap/);
    const bad = await kubectl.run(['diff', '-f', '-'], { input: manifest('v1', 'Pod', 'x', { spec: {} }) });
    assert.ok((bad.code ?? 0) > 1, `${bad.code}: ${bad.stderr}`);
  });

  scenario('apply --dry-run=server answers what would be, with defaults', async ({ kubectl }) => {
    const would = await kubectl.okWith(deployment('d', 1), 'apply', '--dry-run=server', '-f', '-', '-o', 'yaml');
    assert.match(would, /progressDeadlineSeconds: 600/);
    assert.match(
      await kubectl.okWith(deployment('d', 1), 'apply', '--dry-run=server', '-f', '-'),
      /created \(server dry run\)/,
    );
    assert.match(await kubectl.fails('get', 'deploy/d'), /not found/);
  });

  scenario('apply refuses to change what must not change', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 0), 'apply', '-f', '-');
    const other = deployment('d', 0, { selector: { matchLabels: { app: 'x' } } });
    assert.match(
      await kubectl.failsWith(other, 'apply', '-f', '-'),
      /spec\.template\.metadata\.labels|field is immutable/,
    );
    await kubectl.okWith(
      configMap('fixed', { a: 'b' }).replace('"data"', '"immutable":true,"data"'),
      'apply',
      '-f',
      '-',
    );
    assert.match(
      await kubectl.failsWith(
        configMap('fixed', { a: 'c' }).replace('"data"', '"immutable":true,"data"'),
        'apply',
        '-f',
        '-',
      ),
      /data: Forbidden: field is immutable when `immutable` is set/,
    );
  });
});
