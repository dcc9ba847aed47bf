/** How one tests an operator against a real API server, in the test's own process: no Docker, no etcd, ready in a moment. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiextensionsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { type Cluster, createCluster } from 'hakobune';
import { greetingDefinition, Operator } from './operator.ts';

let cluster: Cluster;
let config: KubeConfig;
let operator: Operator;
const where = { group: 'example.com', version: 'v1', namespace: 'default', plural: 'greetings' };

before(async () => {
  cluster = await createCluster();
  config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig);
  await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({ body: greetingDefinition });
  await eventually(async () => {
    await config.makeApiClient(CustomObjectsApi).listNamespacedCustomObject(where);
  });
  operator = new Operator(config);
  await operator.start();
});

after(async () => {
  await operator.stop();
  await cluster[Symbol.asyncDispose]();
});

test('a greeting gets its config map and says so in its status', async () => {
  const custom = config.makeApiClient(CustomObjectsApi);
  await custom.createNamespacedCustomObject({ ...where, body: greeting('world', 'World') });
  await eventually(async () => {
    const map = await config.makeApiClient(CoreV1Api).readNamespacedConfigMap({ name: 'world', namespace: 'default' });
    assert.equal(map.data?.text, 'Hello, World!');
    const found = (await custom.getNamespacedCustomObject({ ...where, name: 'world' })) as {
      status?: { text: string };
    };
    assert.equal(found.status?.text, 'Hello, World!');
  });
});

test('a greeting without a name is refused by the schema', async () => {
  const custom = config.makeApiClient(CustomObjectsApi);
  await assert.rejects(custom.createNamespacedCustomObject({ ...where, body: greeting('nobody', '') }), /spec\.name/);
});

test('the config map goes with its greeting', async () => {
  await config.makeApiClient(CustomObjectsApi).deleteNamespacedCustomObject({ ...where, name: 'world' });
  await eventually(async () => {
    const { items } = await config
      .makeApiClient(CoreV1Api)
      .listNamespacedConfigMap({ namespace: 'default', fieldSelector: 'metadata.name=world' });
    assert.equal(items.length, 0);
  });
});

function greeting(name: string, to: string) {
  return { apiVersion: 'example.com/v1', kind: 'Greeting', metadata: { name }, spec: { name: to } };
}

/** Tries until it succeeds, for ten seconds. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + 10_000; ; await delay(50)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
