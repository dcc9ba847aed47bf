import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { NODES } from '../common/mod.ts';
import { until } from '../testing/until.ts';

const ATTACHMENTS = { group: 'storage.k8s.io', version: 'v1', resource: 'volumeattachments' };

test('attachmentCleaner removes attachments of nodes that are gone, and no others', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  for (const name of ['stays', 'goes']) {
    await client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
    await client.create(ATTACHMENTS, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name },
      spec: { attacher: 'csi.example.org', nodeName: name, source: { persistentVolumeName: 'v' } },
    });
  }
  await client.delete(NODES, { name: 'goes' });
  await until(async () => (await findObject(client, ATTACHMENTS, { name: 'goes' })) === undefined);
  await until(async () => (await findObject(client, ATTACHMENTS, { name: 'stays' })) !== undefined);
});
