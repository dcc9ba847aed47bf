import { type GroupVersionResource, ignoring, type KubeObject } from '#kube/api';
import { Loop, NODES } from '../common/mod.ts';
import type { Controller } from '../contract.ts';

const ATTACHMENTS: GroupVersionResource = { group: 'storage.k8s.io', version: 'v1', resource: 'volumeattachments' };
const BY_NODE = 'nodeName';

interface VolumeAttachment extends KubeObject {
  spec?: { nodeName?: string };
}

/** Removes attachments to nodes that are gone: nothing is attached there any more. */
export const attachmentCleaner: Controller = {
  name: 'attachdetach-controller',
  start({ client, informers }) {
    const nodes = informers.of(NODES);
    const attachments = informers
      .of<VolumeAttachment>(ATTACHMENTS)
      .addIndex(BY_NODE, ({ spec }) => [spec?.nodeName ?? '']);
    const loop = new Loop({
      name: 'attachdetach-controller',
      reconcile: async (name) => {
        const attachment = attachments.get(name);
        if (attachment === undefined || attachment.metadata.deletionTimestamp !== undefined) return undefined;
        if (nodes.get(attachment.spec?.nodeName ?? '') !== undefined) return undefined;
        await ignoring(client.delete(ATTACHMENTS, { name }), 'NotFound');
        return undefined;
      },
    });
    loop.owns(attachments);
    loop.handle(nodes, {
      onDelete: (node) => {
        for (const { metadata } of attachments.byIndex(BY_NODE, node.metadata.name ?? ''))
          loop.add(metadata.name ?? '');
      },
    });
    return loop.begin();
  },
};
