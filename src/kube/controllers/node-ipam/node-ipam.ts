import { isStatusError, type KubeObject } from '#kube/api';
import { EventRecorder, Loop, NODES } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import type { Node } from '../node-lifecycle/mod.ts';
import { PodBlocks } from './blocks.ts';

/** Gives each node a network for its pods. */
export const nodeIpam: Controller = {
  name: 'node-controller',
  start({ client, informers, nowMs, cluster }) {
    const blocks = new PodBlocks(cluster.podBlock);
    const recorder = new EventRecorder(client, 'cidrAllocator', nowMs);
    const nodes = informers.of<Node>(NODES);
    const loop = new Loop({
      name: 'node-ipam-controller',
      // One at a time: two nodes must not get the same.
      workers: 1,
      reconcile: async (name) => {
        const node = nodes.get(name);
        if (node === undefined || (node.spec?.podCIDR ?? '') !== '') return undefined;
        const podCIDR = blocks.next();
        if (podCIDR === undefined) {
          const message = `Node ${name} status is now: CIDRNotAvailable`;
          recorder.note(node as KubeObject, { type: 'Normal', reason: 'CIDRNotAvailable', message });
          return undefined;
        }
        try {
          const body = { metadata: { uid: node.metadata.uid }, spec: { podCIDR, podCIDRs: [podCIDR] } };
          await client.patch(NODES, { name }, { type: 'merge', body });
        } catch (error) {
          blocks.free(podCIDR);
          if (!isStatusError(error, 'NotFound')) throw error;
        }
        return undefined;
      },
    });
    loop.owns(nodes);
    loop.handle(nodes, {
      onAdd: ({ spec }) => blocks.take(spec?.podCIDR ?? ''),
      onUpdate: ({ spec }) => blocks.take(spec?.podCIDR ?? ''),
      onDelete: ({ spec }) => {
        blocks.free(spec?.podCIDR ?? '');
        for (const { metadata, spec: other } of nodes.list()) if (!other?.podCIDR) loop.add(metadata.name ?? '');
      },
    });
    return loop.begin();
  },
};
