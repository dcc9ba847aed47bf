import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { kubectlsInClusters } from '../../../test/lib/kubectl-clusters.ts';
import { until } from './testing/until.ts';

/** What administrators do, by the kubectls that there are: the oldest and the newest. */
const kubectls = await kubectlsInClusters('kubectl administers a cluster', 2);

/** A request by openssl for a client certificate. */
function certificateRequest(name: string): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
  const request = execFileSync('openssl', ['req', '-new', ...key, '-subj', `/O=people/CN=${name}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.stringify({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: request.toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      expirationSeconds: 3600,
    },
  });
}

for (const kubectl of kubectls) {
  describe(`kubectl 1.${kubectl.minor}`, () => {
    const names = (...what: string[]) => kubectl.ok('get', ...what, '-o', 'name');

    async function deploy(name: string): Promise<void> {
      await kubectl.ok('create', 'deployment', name, '--image=web:1', '--replicas=2');
      await kubectl.ok('rollout', 'status', `deploy/${name}`, '--timeout=20s');
    }

    test('delete namespace waits until all that was in it is gone', async () => {
      await kubectl.ok('create', 'namespace', 'room');
      await kubectl.ok('-n', 'room', 'create', 'deployment', 'web', '--image=web:1', '--replicas=3');
      await kubectl.ok('-n', 'room', 'create', 'configmap', 'thing', '--from-literal=a=b');
      await kubectl.ok('-n', 'room', 'rollout', 'status', 'deploy/web', '--timeout=20s');
      await kubectl.ok('delete', 'namespace', 'room', '--timeout=20s');
      assert.equal(await names('namespace', 'room', '--ignore-not-found'), '');
      assert.equal(await names('-n', 'room', 'pods,configmaps,replicasets,serviceaccounts'), '');
    });

    test('delete --cascade=background takes dependents along, a moment later', async () => {
      await deploy('back');
      await kubectl.ok('delete', 'deploy/back', '--cascade=background');
      await until(async () => (await names('rs,pods', '-l', 'app=back')) === '');
    });

    test('delete --cascade=foreground returns when dependents are gone', async () => {
      await deploy('front');
      await kubectl.ok('delete', 'deploy/front', '--cascade=foreground', '--timeout=20s');
      assert.equal(await names('rs,pods', '-l', 'app=front'), '');
    });

    test('delete --cascade=orphan leaves dependents without an owner', async () => {
      await deploy('lone');
      await kubectl.ok('delete', 'deploy/lone', '--cascade=orphan', '--timeout=20s');
      const owners = 'jsonpath={.items[*].metadata.ownerReferences}';
      assert.equal(await kubectl.ok('get', 'rs', '-l', 'app=lone', '-o', owners), '');
      assert.equal((await names('pods', '-l', 'app=lone')).split('\n').length, 2);
    });

    test('certificate approve has a request signed, deny does not', async () => {
      await kubectl.okWith(certificateRequest('ann'), 'apply', '-f', '-');
      await kubectl.okWith(certificateRequest('bob'), 'apply', '-f', '-');
      await kubectl.ok('certificate', 'approve', 'ann');
      await kubectl.ok('certificate', 'deny', 'bob');
      const certificate = (name: string) => kubectl.ok('get', 'csr', name, '-o', 'jsonpath={.status.certificate}');
      await until(async () => (await certificate('ann')) !== '');
      assert.match(new X509Certificate(Buffer.from(await certificate('ann'), 'base64')).subject, /CN=ann/);
      assert.match(await kubectl.ok('get', 'csr'), /ann .*Approved,Issued\n(.*\n)*bob .*Denied/);
      assert.equal(await certificate('bob'), '');
    });

    test('taint drives pods off a node, but those that bear it', async () => {
      const pod = (name: string, tolerations: object[]) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default' },
        spec: { nodeName: 'fake-1', tolerations, containers: [{ name: 'main', image: 'web:1' }] },
      });
      const bears = [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }];
      const objects = [pod('fragile', []), pod('tough', bears)];
      for (const object of objects) await kubectl.okWith(JSON.stringify(object), 'apply', '-f', '-');
      await kubectl.ok('wait', '--for=condition=Ready', 'pod/fragile', 'pod/tough', '--timeout=20s');
      await kubectl.ok('taint', 'node', 'fake-1', 'dedicated=x:NoExecute');
      await kubectl.ok('wait', '--for=delete', 'pod/fragile', '--timeout=20s');
      assert.equal(await names('pod', 'tough'), 'pod/tough');
      await kubectl.ok('taint', 'node', 'fake-1', 'dedicated-');
    });

    test('cordon says so by a taint, uncordon takes it away', async () => {
      const taints = () => kubectl.ok('get', 'node', 'fake-2', '-o', 'jsonpath={.spec.taints[*].key}');
      await kubectl.ok('cordon', 'fake-2');
      await until(async () => (await taints()) === 'node.kubernetes.io/unschedulable');
      await kubectl.ok('uncordon', 'fake-2');
      await until(async () => (await taints()) === '');
    });

    test('describe quota shows what is used', async () => {
      await kubectl.ok('create', 'namespace', 'narrow');
      await kubectl.ok('-n', 'narrow', 'create', 'quota', 'q', '--hard=pods=2,count/deployments.apps=1');
      await kubectl.ok('-n', 'narrow', 'wait', '--for=jsonpath={.status.hard.pods}=2', 'quota/q', '--timeout=20s');
      await kubectl.ok('-n', 'narrow', 'create', 'deployment', 'web', '--image=web:1', '--replicas=3');
      await kubectl.ok('-n', 'narrow', 'wait', '--for=jsonpath={.status.used.pods}=2', 'quota/q', '--timeout=20s');
      assert.match(
        await kubectl.ok('-n', 'narrow', 'describe', 'quota', 'q'),
        /count\/deployments\.apps +1 +1\n.*pods +2 +2/,
      );
      await kubectl.ok('-n', 'narrow', 'delete', 'deploy/web');
      await kubectl.ok('-n', 'narrow', 'wait', '--for=jsonpath={.status.used.pods}=0', 'quota/q', '--timeout=20s');
    });
  });
}
