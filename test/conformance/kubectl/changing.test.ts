import assert from 'node:assert/strict';
import { configMap, deployment, pod } from './support/objects.ts';
import { withEachKubectl } from './support/scenarios.ts';

withEachKubectl((scenario) => {
  scenario('patch in its three types', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 0), 'create', '-f', '-');
    const patch = (...args: string[]) => kubectl.ok('patch', 'deploy/d', ...args);
    const template = (containers: object[]) => JSON.stringify({ spec: { template: { spec: { containers } } } });
    assert.equal(await patch('-p', template([{ name: 'side', image: 'b' }])), 'deployment.apps/d patched');
    const names = ['get', 'deploy/d', '-o', 'jsonpath={.spec.template.spec.containers[*].name}'];
    assert.equal(await kubectl.ok(...names), 'side main');
    await patch('-p', template([{ name: 'side', $patch: 'delete' }]));
    assert.equal(await kubectl.ok(...names), 'main');
    await patch('--type=merge', '-p', '{"metadata":{"labels":{"x":"y","app":null}}}');
    await patch(
      '--type=json',
      '-p',
      '[{"op":"test","path":"/metadata/labels/x","value":"y"},{"op":"replace","path":"/spec/replicas","value":2}]',
    );
    assert.equal(
      await kubectl.ok('get', 'deploy/d', '-o', 'jsonpath={.metadata.labels}{.spec.replicas}'),
      '{"x":"y"}2',
    );
    assert.equal(await patch('-p', '{"spec":{"replicas":2}}'), 'deployment.apps/d patched (no change)');
    const failing = '[{"op":"test","path":"/spec/replicas","value":7}]';
    assert.match(
      await kubectl.fails('patch', 'deploy/d', '--type=json', '-p', failing),
      /test|the server rejected our request/i,
    );
    assert.match(
      await kubectl.fails('patch', 'deploy/d', '-p', '{"spec":{"replicas":-1}}'),
      /must be greater than or equal to 0/,
    );
  });

  scenario('subresources are read and patched apart', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 0), 'create', '-f', '-');
    const patched = ['patch', 'deploy/d', '--type=merge'];
    await kubectl.ok(...patched, '--subresource=scale', '-p', '{"spec":{"replicas":1}}');
    const scale = await kubectl.json<{ kind: string; spec: object }>('get', 'deploy/d', '--subresource=scale');
    assert.deepEqual([scale.kind, scale.spec], ['Scale', { replicas: 1 }]);
    await kubectl.ok(...patched, '--subresource=status', '-p', '{"status":{"collisionCount":7},"spec":{"replicas":9}}');
    assert.equal(await kubectl.ok('get', 'deploy/d', '-o', 'jsonpath={.spec.replicas}'), '1');
    await kubectl.ok(...patched, '-p', '{"status":{"collisionCount":8}}');
    assert.equal(
      await kubectl.ok('get', 'deploy/d', '--subresource=status', '-o', 'jsonpath={.status.collisionCount}'),
      '7',
    );
  });

  scenario('label and annotate', async ({ kubectl }) => {
    await kubectl.okWith(configMap('a') + configMap('b'), 'create', '-f', '-');
    assert.equal(await kubectl.ok('label', 'cm', 'a', 'b', 'x=1'), 'configmap/a labeled\nconfigmap/b labeled');
    assert.match(await kubectl.fails('label', 'cm/a', 'x=2'), /--overwrite is false/);
    await kubectl.ok('label', 'cm', '-l', 'x=1', 'x=2', '--overwrite');
    assert.equal(await kubectl.ok('label', 'cm/a', '--list'), 'x=2');
    assert.equal(await kubectl.ok('label', 'cm/a', 'x-'), 'configmap/a unlabeled');
    assert.match(await kubectl.fails('label', 'cm/a', 'x=bad value'), /a valid label must be|invalid label value/);
    // 1.27 leaves the last letter out.
    assert.match(await kubectl.ok('annotate', 'cm/a', 'why=because of it'), /^configmap\/a annotated?$/);
    assert.equal(await kubectl.ok('annotate', 'cm/a', '--list'), 'why=because of it');
    assert.match(
      await kubectl.ok('annotate', 'cm', '--all', 'why-'),
      /configmap\/a annotated?\nconfigmap\/b annotated?\n/,
    );
    assert.match(await kubectl.fails('label', 'cm/a', 'y=1', '--resource-version=1'), /the object has been modified/);
  });

  scenario('set changes images, environments, resources, accounts, selectors and subjects', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 0), 'create', '-f', '-');
    await kubectl.ok('create', 'service', 'clusterip', 'web', '--tcp=80');
    await kubectl.ok('create', 'rolebinding', 'r', '--clusterrole=view', '--user=a');
    assert.equal(await kubectl.ok('set', 'image', 'deploy/d', 'main=nginx:9'), 'deployment.apps/d image updated');
    assert.equal(await kubectl.ok('set', 'env', 'deploy/d', 'A=b', 'C=d'), 'deployment.apps/d env updated');
    await kubectl.ok('set', 'env', 'deploy/d', 'C-');
    assert.match(await kubectl.ok('set', 'env', 'deploy/d', '--list'), /^# [\s\S]*\nA=b$/);
    await kubectl.ok('set', 'resources', 'deploy/d', '--requests=cpu=100m', '--limits=cpu=1,memory=64Mi');
    await kubectl.ok('set', 'serviceaccount', 'deploy/d', 'me');
    await kubectl.ok('set', 'selector', 'svc/web', 'a=b');
    await kubectl.ok('set', 'subject', 'rolebinding/r', '--group=g');
    const { items } = await kubectl.json<{ items: unknown[] }>('get', 'deploy/d', 'svc/web', 'rolebinding/r');
    assert.partialDeepStrictEqual(items, [
      {
        spec: {
          template: {
            spec: {
              serviceAccountName: 'me',
              containers: [
                {
                  image: 'nginx:9',
                  env: [{ name: 'A', value: 'b' }],
                  resources: { requests: { cpu: '100m' }, limits: { cpu: '1', memory: '64Mi' } },
                },
              ],
            },
          },
        },
      },
      { spec: { selector: { a: 'b' } } },
      { subjects: [{ name: 'a' }, { kind: 'Group', name: 'g' }] },
    ]);
  });

  scenario('scale and autoscale', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 1), 'create', '-f', '-');
    assert.equal(
      await kubectl.ok('scale', 'deploy/d', '--replicas=3', '--current-replicas=1'),
      'deployment.apps/d scaled',
    );
    assert.match(
      await kubectl.fails('scale', 'deploy/d', '--replicas=1', '--current-replicas=9'),
      /Expected replicas to be 9, was 3/,
    );
    assert.equal(await kubectl.ok('get', 'deploy/d', '-o', 'jsonpath={.spec.replicas}:{.metadata.generation}'), '3:2');
    await kubectl.ok('autoscale', 'deploy/d', '--min=2', '--max=5', '--cpu-percent=80');
    assert.match(await kubectl.ok('get', 'hpa'), /d +Deployment\/d +(cpu: )?<unknown>\/80% +2 +5 +/);
    assert.match(await kubectl.ok('describe', 'hpa', 'd'), /Min replicas: +2\nMax replicas: +5/);
    assert.match(
      await kubectl.fails('scale', 'deploy/nope', '--replicas=1'),
      /"nope" not found|no objects passed to scale/,
    );
    assert.match(
      await kubectl.fails('scale', 'cm/kube-root-ca.crt', '--replicas=1'),
      /could not find the requested resource|cannot|not found/,
    );
  });

  scenario('edit sends what the editor left as a patch', async ({ kubectl }) => {
    await kubectl.okWith(configMap('a', { x: 'old' }), 'create', '-f', '-');
    const edit = (script: string, ...args: string[]) => {
      const editor = kubectl.file(`editor-${kubectl.namespace}`, `#!/bin/sh\n${script}\n`);
      return kubectl.run(['edit', 'cm/a', ...args], { env: { KUBE_EDITOR: editor } });
    };
    assert.match((await edit('sed -i s/old/new/ "$1"')).stdout, /configmap\/a edited/);
    assert.equal(await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.data.x}'), 'new');
    assert.match((await edit('true')).stderr, /no changes made/);
    assert.match(
      (await edit(`sed -i 's/"\\?old.*/x/; s/^data:/dato:/' "$1"`, '-o', 'json')).stderr,
      /no changes made|Edit cancelled|cancelled/i,
    );
  });

  scenario('rollout follows, undoes, restarts and pauses', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 2), 'create', '-f', '-');
    const rollout = (verb: string, ...args: string[]) => kubectl.ok('rollout', verb, 'deploy/d', ...args);
    assert.match(await rollout('status', '--timeout=20s'), /deployment "d" successfully rolled out$/);
    await kubectl.ok('set', 'image', 'deploy/d', 'main=nginx:2');
    await kubectl.ok('annotate', 'deploy/d', 'kubernetes.io/change-cause=newer');
    assert.match(await rollout('status', '--timeout=20s'), /successfully rolled out$/);
    assert.match(await rollout('history'), /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +newer/);
    assert.match(await rollout('history', '--revision=1'), /Image:\s+nginx:1/);
    assert.match(await rollout('undo'), /rolled back/);
    assert.equal(
      await kubectl.ok('get', 'deploy/d', '-o', 'jsonpath={.spec.template.spec.containers[0].image}'),
      'nginx:1',
    );
    assert.match(await rollout('pause'), /paused/);
    assert.match(await kubectl.fails('rollout', 'restart', 'deploy/d'), /paused/);
    assert.match(await rollout('resume'), /resumed/);
    assert.match(await rollout('restart'), /restarted/);
    assert.match(await rollout('status', '--timeout=20s'), /successfully rolled out$/);
  });

  scenario('dry runs on the server change nothing', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 0), 'apply', '-f', '-');
    await kubectl.ok('rollout', 'status', 'deploy/d', '--timeout=20s');
    const state = ['get', 'deploy,svc,hpa', '-o', 'jsonpath={.items[*].metadata.resourceVersion}'];
    const before = await kubectl.ok(...state);
    const commands = [
      'patch deploy/d -p {"spec":{"replicas":3}}',
      'label deploy/d x=y',
      'annotate deploy/d x=y',
      'set image deploy/d main=nginx:9',
      'set env deploy/d A=b',
      'scale deploy/d --replicas=3',
      'autoscale deploy/d --max=3',
      'expose deploy/d --port=80',
      'delete deploy/d',
    ];
    for (const command of commands) {
      await kubectl.ok(...command.split(' '), '--dry-run=server');
    }
    await kubectl.okWith(deployment('d', 5), 'replace', '--dry-run=server', '-f', '-');
    assert.equal(await kubectl.ok(...state), before);
  });

  scenario('pods keep what they were made with', async ({ kubectl }) => {
    await kubectl.okWith(pod('p'), 'create', '-f', '-');
    assert.match(
      await kubectl.fails('patch', 'pod/p', '-p', '{"spec":{"hostNetwork":true}}'),
      /pod updates may not change fields other than/,
    );
    await kubectl.ok('set', 'image', 'pod/p', 'main=nginx:2');
  });
});
