import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtinResources } from '#kube/api/resources';
import { ApiServer } from '#kube/apiserver';
import { openStorage } from '../../storage/open.ts';
import { reconcileFlowControl } from './reconcile.ts';

const LEVELS = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', resource: 'prioritylevelconfigurations' };
const SCHEMAS = { ...LEVELS, resource: 'flowschemas' };

test('reconcileFlowControl makes the defaults, keeps their spec, and leaves alone what an administrator took over', async () => {
  await using scope = new AsyncDisposableStack();
  const storage = scope.use(await openStorage('memory'));
  const server = scope.use(new ApiServer({ storage, rows: builtinResources() }));
  const client = server.client({ user: { name: 'system:apiserver', groups: ['system:masters'] }, userAgent: 'test' });
  await reconcileFlowControl(client);
  const first = await client.list(LEVELS);
  assert.equal(first.items.length, 8);
  assert.equal((await client.list(SCHEMAS)).items.length, 13);
  await reconcileFlowControl(client);
  assert.equal((await client.list(LEVELS)).metadata.resourceVersion, first.metadata.resourceVersion);
  const change = async (name: string, annotations: Record<string, string>) => {
    const level = await client.get(LEVELS, { name });
    const limited = { ...(level.spec as { limited: object }).limited, nominalConcurrencyShares: 1 };
    const spec = { ...(level.spec as object), limited };
    await client.update(LEVELS, { ...level, spec, metadata: { ...level.metadata, annotations } });
  };
  await change('system', { 'apf.kubernetes.io/autoupdate-spec': 'true' });
  await change('workload-low', { 'apf.kubernetes.io/autoupdate-spec': 'false' });
  await reconcileFlowControl(client);
  const shares = async (name: string) => {
    const { spec } = await client.get(LEVELS, { name });
    return (spec as { limited: { nominalConcurrencyShares: number } }).limited.nominalConcurrencyShares;
  };
  assert.equal(await shares('system'), 30);
  assert.equal(await shares('workload-low'), 1);
});
