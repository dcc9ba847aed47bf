import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READ_RESOURCES } from '../common/resources.ts';
import { clientOf, objectsOf, pod, run } from '../testing/attributes.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';

const { namespaces: NAMESPACES } = READ_RESOURCES;

function namespace(name: string, phase = 'Active') {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, status: { phase } };
}

test('NamespaceLifecycle refuses what is to be made where nothing is', async () => {
  const plugin = namespaceLifecycle(objectsOf(), clientOf());
  await assert.rejects(run(plugin, { object: pod() }), { code: 404, message: 'namespaces "shop" not found' });
});

test('NamespaceLifecycle asks the storage before it says that a namespace is missing', async () => {
  await run(namespaceLifecycle(objectsOf(), clientOf(objectsOf([NAMESPACES, namespace('shop')]))), { object: pod() });
});

test('NamespaceLifecycle lets nothing new into a namespace that is being terminated', async () => {
  const plugin = namespaceLifecycle(objectsOf([NAMESPACES, namespace('shop', 'Terminating')]), clientOf());
  await assert.rejects(run(plugin, { object: pod() }), {
    code: 403,
    message: 'pods "web" is forbidden: unable to create new content in namespace shop because it is being terminated',
    details: {
      name: 'web',
      kind: 'pods',
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: 'namespace shop is being terminated',
          field: 'metadata.namespace',
        },
      ],
    },
  });
  await run(plugin, { operation: 'UPDATE', object: pod(), oldObject: pod() });
  await run(plugin, { operation: 'DELETE', oldObject: pod() });
});

test('NamespaceLifecycle does not tell by reviews whether a namespace is there', async () => {
  const resource = { group: 'authorization.k8s.io', version: 'v1', resource: 'localsubjectaccessreviews' };
  await run(namespaceLifecycle(objectsOf(), clientOf()), { resource, object: pod() });
});

for (const name of ['default', 'kube-system', 'kube-public']) {
  test(`NamespaceLifecycle does not let ${name} be deleted`, async () => {
    const asked = {
      operation: 'DELETE',
      resource: NAMESPACES,
      namespace: '',
      oldObject: namespace(name),
      name,
    } as const;
    await assert.rejects(run(namespaceLifecycle(objectsOf(), clientOf()), asked), {
      code: 403,
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    });
  });
}

test('NamespaceLifecycle looks anew at a namespace that was deleted a moment ago', async () => {
  let nowMs = 0;
  const objects = objectsOf([NAMESPACES, namespace('shop')]);
  const plugin = namespaceLifecycle(
    objects,
    clientOf(objectsOf([NAMESPACES, namespace('shop', 'Terminating')])),
    () => nowMs,
  );
  await run(plugin, { object: pod() });
  await run(plugin, {
    operation: 'DELETE',
    resource: NAMESPACES,
    namespace: '',
    name: 'shop',
    oldObject: namespace('shop'),
  });
  await assert.rejects(run(plugin, { object: pod() }), { code: 403 });
  nowMs = 60_000;
  await run(plugin, { object: pod() });
});
