import assert from 'node:assert/strict';
import { configMap, deployment, manifest } from './support/objects.ts';
import { withEachKubectl } from './support/scenarios.ts';

/** `kubectl create …` (NS is the namespace's name) and fields of what it makes, by which it is found. */
const GENERATORS: readonly (readonly [command: string, object: string, fields: object])[] = [
  ['configmap a --from-literal=k=v', 'configmap/a', { data: { k: 'v' } }],
  ['secret generic a --from-literal=k=v', 'secret/a', { data: { k: 'dg==' }, type: 'Opaque' }],
  [
    'secret docker-registry b --docker-server=r --docker-username=u --docker-password=p',
    'secret/b',
    { type: 'kubernetes.io/dockerconfigjson' },
  ],
  ['deployment a --image=nginx --replicas=2 --port=80', 'deployment/a', { spec: { replicas: 2 } }],
  ['job a --image=busybox -- echo hi', 'job/a', { spec: { template: { spec: { restartPolicy: 'Never' } } } }],
  ['cronjob a --image=busybox --schedule=@hourly -- date', 'cronjob/a', { spec: { schedule: '@hourly' } }],
  ['job b --from=cronjob/a', 'job/b', { metadata: { annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' } } }],
  ['service clusterip a --tcp=80:8080', 'service/a', { spec: { type: 'ClusterIP', sessionAffinity: 'None' } }],
  ['service nodeport b --tcp=80', 'service/b', { spec: { type: 'NodePort', externalTrafficPolicy: 'Cluster' } }],
  ['service loadbalancer c --tcp=80', 'service/c', { spec: { type: 'LoadBalancer' } }],
  ['service externalname d --external-name=example.com', 'service/d', { spec: { externalName: 'example.com' } }],
  ['ingress a --rule=a.example/x*=a:80,tls=t --class=k', 'ingress/a', { spec: { ingressClassName: 'k' } }],
  ['serviceaccount a', 'serviceaccount/a', { kind: 'ServiceAccount' }],
  [
    'role a --verb=get --resource=pods',
    'role/a',
    { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  ],
  [
    'rolebinding a --role=a --serviceaccount=x:y',
    'rolebinding/a',
    { subjects: [{ kind: 'ServiceAccount', name: 'y', namespace: 'x' }] },
  ],
  [
    'clusterrole NS --verb=get --non-resource-url=/x',
    'clusterrole/NS',
    { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] },
  ],
  [
    'clusterrolebinding NS --clusterrole=view --user=jane',
    'clusterrolebinding/NS',
    { subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }] },
  ],
  ['quota a --hard=configmaps=50', 'quota/a', { spec: { hard: { configmaps: '50' } } }],
  ['poddisruptionbudget a --selector=app=a --min-available=1', 'pdb/a', { spec: { minAvailable: 1 } }],
  ['priorityclass NS --value=10', 'priorityclass/NS', { value: 10, preemptionPolicy: 'PreemptLowerPriority' }],
  ['namespace NS-other', 'namespace/NS-other', { spec: { finalizers: ['kubernetes'] } }],
];

withEachKubectl((scenario) => {
  scenario('create makes what each of its generators describes', async ({ kubectl, namespace }) => {
    const filled = (text: string) => text.replaceAll('NS', namespace);
    for (const [command] of GENERATORS)
      assert.match(await kubectl.ok('create', ...filled(command).split(' ')), / created$/);
    const { items } = await kubectl.json<{ items: object[] }>('get', ...GENERATORS.map(([, object]) => filled(object)));
    for (const [at, [command, , fields]] of GENERATORS.entries())
      assert.partialDeepStrictEqual(items[at], JSON.parse(filled(JSON.stringify(fields))), command);
  });

  scenario('create refuses what is there, and dry runs leave nothing', async ({ kubectl }) => {
    await kubectl.ok('create', 'configmap', 'a');
    assert.match(
      await kubectl.fails('create', 'configmap', 'a'),
      /\(AlreadyExists\): configmaps "a" already exists|configmaps "a" already exists/,
    );
    for (const mode of ['client', 'server']) {
      assert.match(
        await kubectl.ok('create', 'configmap', 'b', `--dry-run=${mode}`),
        /configmap\/b created \(.*dry run\)/,
      );
      assert.match(await kubectl.ok('run', 'p', '--image=x', `--dry-run=${mode}`, '-o', 'yaml'), /kind: Pod/);
    }
    assert.match(await kubectl.fails('get', 'cm/b'), /not found/);
  });

  scenario('create holds bodies to their schema as strictly as it is asked to', async ({ kubectl }) => {
    const wrong =
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dat":{},"data":{"x":"1"},"data":{"x":"2"}}';
    const error = await kubectl.failsWith(wrong, 'create', '-f', '-');
    assert.match(error, /unknown field "dat"/);
    assert.match(await kubectl.failsWith(wrong, 'create', '-f', '-', '--validate=strict'), /unknown field "dat"/);
    const warned = await kubectl.run(['create', '-f', '-', '--validate=warn'], { input: wrong });
    assert.match(warned.stderr, /Warning: unknown field "dat"/);
    assert.equal(warned.code, 0);
    await kubectl.okWith(wrong.replace('"a"', '"b"'), 'create', '-f', '-', '--validate=ignore');
    const nested = deployment('d', 1).replace('"image"', '"imagee":"y","image"');
    assert.match(
      await kubectl.failsWith(nested, 'create', '-f', '-'),
      /unknown field "spec.template.spec.containers\[0\].imagee"/,
    );
    assert.match(
      await kubectl.failsWith(deployment('d', 1).replace('"replicas":1', '"replicas":"x"'), 'apply', '-f', '-'),
      /replicas/,
    );
  });

  scenario('create --raw is held to what the query asks for', async ({ kubectl, namespace }) => {
    const twice = kubectl.file(`${namespace}.json`, '{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}');
    const path = `/api/v1/namespaces/${namespace}/configmaps?fieldValidation=`;
    assert.match(await kubectl.fails('create', '--raw', `${path}Strict`, '-f', twice), /duplicate field "data.x"/);
    assert.match(
      await kubectl.fails('create', '--raw', `${path}Sometimes`, '-f', twice),
      /fieldValidation: Unsupported value: "Sometimes"/,
    );
    assert.match(await kubectl.ok('create', '--raw', `${path}Warn`, '-f', twice), /"x":"2"/);
  });

  scenario('create names every field that is wrong', async ({ kubectl }) => {
    const error = await kubectl.failsWith(
      manifest('v1', 'Pod', 'Bad_Name', { spec: { containers: [{ name: 'a' }] } }),
      'create',
      '-f',
      '-',
    );
    assert.match(error, /The Pod "Bad_Name" is invalid/);
    assert.match(error, /metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/);
    assert.match(error, /spec.containers\[0\].image: Required value/);
  });

  scenario('create names objects by a prefix', async ({ kubectl }) => {
    const prefixed = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"gen-"}}';
    assert.match(await kubectl.okWith(prefixed, 'create', '-f', '-'), /^configmap\/gen-[a-z0-9]{5} created$/);
  });

  scenario('run makes pods with options, expose makes services of what is there', async ({ kubectl }) => {
    await kubectl.ok('run', 'p', '--image=nginx', '--port=80', '--expose', '--env=A=b', '--labels=a=b', '--', 'serve');
    assert.equal(
      await kubectl.ok(
        'get',
        'pod/p',
        '-o',
        'jsonpath={.spec.containers[0].env[0].value}{.spec.containers[0].args[0]}',
      ),
      'bserve',
    );
    assert.equal(await kubectl.ok('get', 'svc/p', '-o', 'jsonpath={.spec.selector.a}'), 'b');
    await kubectl.okWith(deployment('d', 1), 'create', '-f', '-');
    await kubectl.ok('expose', 'deployment', 'd', '--port=80', '--target-port=8080', '--name=front', '--type=NodePort');
    assert.equal(
      await kubectl.ok('get', 'svc/front', '-o', 'jsonpath={.spec.selector.app}:{.spec.type}'),
      'd:NodePort',
    );
    await kubectl.ok('expose', 'service', 'front', '--port=81', '--name=back');
    assert.equal(await kubectl.ok('get', 'svc/back', '-o', 'jsonpath={.spec.ports[0].port}'), '81');
  });

  scenario('run of a pod that is not to restart, deleted at once', async ({ kubectl }) => {
    await kubectl.ok('run', 'once', '--image=busybox', '--restart=Never');
    await kubectl.ok('wait', '--for=jsonpath={.status.phase}=Running', 'pod/once', '--timeout=20s');
    await kubectl.ok('delete', 'pod', 'once', '--now');
  });

  scenario('replace writes whole objects, and with --force new ones', async ({ kubectl }) => {
    await kubectl.okWith(configMap('a', { x: '1' }), 'create', '-f', '-');
    const uid = await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.metadata.uid}');
    assert.equal(await kubectl.okWith(configMap('a', { y: '2' }), 'replace', '-f', '-'), 'configmap/a replaced');
    assert.equal(await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.data}:{.metadata.uid}'), `{"y":"2"}:${uid}`);
    await kubectl.okWith(configMap('a', { z: '3' }), 'replace', '--force', '-f', '-');
    assert.notEqual(await kubectl.ok('get', 'cm/a', '-o', 'jsonpath={.metadata.uid}'), uid);
    assert.match(await kubectl.failsWith(configMap('nope'), 'replace', '-f', '-'), /not found/);
    const stale = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"1"}}';
    assert.match(
      await kubectl.failsWith(stale, 'replace', '-f', '-'),
      /the object has been modified; please apply your changes/,
    );
  });
});
