import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { ApiServer } from '#kube/apiserver';
import { openStorage } from '../../storage/open.ts';
import { RESOURCES } from '../objects.ts';
import { FlowSchemaStatus } from './flow-schema-status.ts';
import { reconcileFlowControl } from './reconcile.ts';

const SCHEMAS = { ...RESOURCES.flowSchemas, version: 'v1' };
const LEVELS = { ...RESOURCES.priorityLevels, version: 'v1' };

function danglingOf({ status }: KubeObject): string | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.find(({ type }) => type === 'Dangling')?.status;
}

test('flow schemas say whether their priority level is there, and hear of its end', async () => {
  await using scope = new AsyncDisposableStack();
  const storage = scope.use(await openStorage('memory'));
  const server = scope.use(new ApiServer({ storage, rows: builtinResources() }));
  await server.objects.load([RESOURCES.flowSchemas, RESOURCES.priorityLevels]);
  const client = server.client({ user: { name: 'system:apiserver', groups: ['system:masters'] }, userAgent: 'test' });
  await reconcileFlowControl(client);
  scope.use(new FlowSchemaStatus(server.objects, client));
  /** Resolves when a flow schema has this condition. */
  const becomes = async (name: string, status: string) => {
    const signal = AbortSignal.timeout(10_000);
    const options = {
      fieldSelector: `metadata.name=${name}`,
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: 'NotOlderThan' as const,
      signal,
    };
    for await (const { type, object } of client.watch(SCHEMAS, options)) {
      if (type !== 'BOOKMARK' && danglingOf(object) === status) return;
    }
    assert.fail(`${name} has not become ${status}`);
  };
  await becomes('global-default', 'False');
  await client.delete(LEVELS, { name: 'global-default' });
  await becomes('global-default', 'True');
  assert.equal(danglingOf(await client.get(SCHEMAS, { name: 'service-accounts' })), 'False');
});
