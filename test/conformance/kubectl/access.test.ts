import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '../../lib/wait.ts';
import { configMap, manifest } from './support/objects.ts';
import { type Stage, withEachKubectl } from './support/scenarios.ts';

const RBAC = 'rbac.authorization.k8s.io';

withEachKubectl((scenario) => {
  scenario('auth can-i and whoami', async ({ kubectl, namespace }) => {
    assert.equal(await kubectl.ok('auth', 'can-i', 'create', 'pods'), 'yes');
    await kubectl.ok('create', 'rolebinding', 'r', '--clusterrole=view', '--user=jane');
    assert.equal(await kubectl.ok('auth', 'can-i', 'list', 'pods', '--as=jane'), 'yes');
    const denied = await kubectl.run(['auth', 'can-i', 'delete', 'pods', '--as=jane']);
    assert.deepEqual([denied.code, denied.stdout.trim()], [1, 'no']);
    assert.equal((await kubectl.run(['auth', 'can-i', 'get', 'secrets', '--as=jane', '-q'])).code, 1);
    assert.match(
      await kubectl.ok('auth', 'can-i', '--list', '--as=jane'),
      /configmaps +\[\] +\[\] +\[get list watch\]/,
    );
    assert.match(
      await kubectl.ok('auth', 'can-i', 'get', '/healthz', '--as=jane', '--as-group=system:authenticated'),
      /yes/,
    );
    // It asks for a version that went with 1.28.
    if (kubectl.minor < 28) return;
    assert.match(await kubectl.ok('auth', 'whoami'), /Username +kubernetes-admin/);
    assert.match(
      await kubectl.ok('auth', 'whoami', `--as=system:serviceaccount:${namespace}:x`),
      new RegExp(`system:serviceaccounts:${namespace}`),
    );
  });

  scenario('--as and --as-group act as others', async ({ kubectl, namespace }) => {
    await kubectl.okWith(configMap('a'), 'create', '-f', '-');
    const error = await kubectl.fails('get', 'cm', '--as=jane');
    assert.ok(
      error.includes(`User "jane" cannot list resource "configmaps" in API group "" in the namespace "${namespace}"`),
      error,
    );
    await kubectl.ok('create', 'rolebinding', 'r', '--clusterrole=edit', '--group=makers');
    assert.match(await kubectl.ok('get', 'cm/a', '--as=jane', '--as-group=makers', '-o', 'name'), /configmap\/a/);
    await kubectl.ok('label', 'cm/a', 'by=jane', '--as=jane', '--as-group=makers');
    const escalation = ['create', 'role', 'r', '--verb=*', '--resource=*', '--as=jane', '--as-group=makers'];
    assert.match(await kubectl.fails(...escalation), /forbidden/);
  });

  scenario('auth reconcile makes and widens roles', async ({ kubectl, namespace }) => {
    const rules = (verbs: string[]) =>
      manifest(`${RBAC}/v1`, 'Role', 'r', {
        namespace,
        rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
      });
    const binding = manifest(`${RBAC}/v1`, 'RoleBinding', 'b', {
      namespace,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'r' },
      subjects: [{ kind: 'User', name: 'jane', apiGroup: RBAC }],
    });
    const reconcile = (text: string) => kubectl.okWith(text, 'auth', 'reconcile', '-f', '-');
    assert.match(await reconcile(rules(['get']) + binding), /role.rbac.authorization.k8s.io\/r reconciled/);
    await reconcile(rules(['list']));
    assert.equal(await kubectl.ok('get', 'role/r', '-o', 'jsonpath={.rules[*].verbs}'), '["get"] ["list"]');
    assert.equal(await kubectl.ok('auth', 'can-i', 'list', 'pods', '--as=jane'), 'yes');
  });

  scenario('create token gives tokens that work until what they are bound to is gone', async (stage) => {
    const { kubectl, namespace } = stage;
    await kubectl.ok('create', 'serviceaccount', 'me');
    await kubectl.ok('create', 'secret', 'generic', 'anchor');
    await kubectl.ok('create', 'rolebinding', 'r', '--clusterrole=view', `--serviceaccount=${namespace}:me`);
    const token = await kubectl.ok(
      'create',
      'token',
      'me',
      '--duration=1h',
      '--bound-object-kind=Secret',
      '--bound-object-name=anchor',
    );
    const config = await anonymousConfig(stage);
    const withToken = ['--kubeconfig', config, '--token', token];
    assert.match(await kubectl.ok('get', 'cm', ...withToken), /kube-root-ca.crt|^$/);
    assert.match(await kubectl.fails('get', 'secrets', ...withToken), new RegExp(`serviceaccount:${namespace}:me`));
    await kubectl.ok('delete', 'secret', 'anchor');
    assert.match(await kubectl.fails('get', 'cm', ...withToken), /Unauthorized|must be logged in/);
    assert.match(await kubectl.fails('create', 'token', 'nobody'), /serviceaccounts "nobody" not found/);
  });

  scenario('certificate approve and deny', async (stage) => {
    const { kubectl, namespace } = stage;
    const { request } = requestCertificate(stage);
    const csr = (name: string) =>
      manifest('certificates.k8s.io/v1', 'CertificateSigningRequest', name, {
        spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      });
    const [good, bad] = [`${namespace}-good`, `${namespace}-bad`];
    await kubectl.okWith(csr(good) + csr(bad), 'create', '-f', '-');
    assert.match(
      await kubectl.ok('get', 'csr', good),
      /kubernetes.io\/kube-apiserver-client +kubernetes-admin +<none> +Pending/,
    );
    assert.match(await kubectl.ok('certificate', 'approve', good), /approved$/);
    assert.match(await kubectl.ok('certificate', 'deny', bad), /denied$/);
    assert.match(await kubectl.ok('get', 'csr', bad), /Denied/);
    assert.match(await kubectl.ok('describe', 'csr', good), /Common Name: +jane[\s\S]*Organization: +makers/);
  });

  scenario('a certificate that was approved is issued, and works', async (stage) => {
    const { kubectl, namespace } = stage;
    const { key, request } = requestCertificate(stage);
    const spec = { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
    await kubectl.okWith(
      manifest('certificates.k8s.io/v1', 'CertificateSigningRequest', namespace, { spec }),
      'create',
      '-f',
      '-',
    );
    await kubectl.ok('certificate', 'approve', namespace);
    let certificate = '';
    await eventually(
      'the certificate',
      async () => {
        certificate = await kubectl.ok('get', 'csr', namespace, '-o', 'jsonpath={.status.certificate}');
        return certificate !== '';
      },
      3000,
    );
    const file = kubectl.file(`${namespace}.crt`, Buffer.from(certificate, 'base64').toString());
    const config = await anonymousConfig(stage);
    const credentials = ['--kubeconfig', config, `--client-certificate=${file}`, `--client-key=${key}`];
    assert.match(await kubectl.fails('get', 'pods', ...credentials), /User "jane" cannot list/);
    await kubectl.ok('create', 'rolebinding', 'r', '--clusterrole=view', '--group=makers');
    assert.equal(await kubectl.ok('get', 'pods', ...credentials), '');
  });
});

/** The administrator's kubeconfig without the administrator: who uses it brings credentials. */
async function anonymousConfig({ kubectl, namespace }: Stage): Promise<string> {
  const { clusters } = await kubectl.json<{ clusters: { name: string }[] }>('config', 'view', '--raw');
  const contexts = [{ name: 'x', context: { cluster: clusters[0]?.name, namespace } }];
  const config = { apiVersion: 'v1', kind: 'Config', clusters, contexts, 'current-context': 'x' };
  return kubectl.file(`${namespace}.kubeconfig`, JSON.stringify(config));
}

/** Makes a key (its path) and a request for a certificate in base64. */
function requestCertificate({ kubectl, namespace }: Stage): { key: string; request: string } {
  const key = join(kubectl.folder, `${namespace}.key`);
  const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['genpkey', ...curve, '-out', key], { stdio: 'pipe' });
  const request = execFileSync('openssl', ['req', '-new', '-key', key, '-subj', '/O=makers/CN=jane']);
  return { key, request: request.toString('base64') };
}
