import type { KubeObject } from '#kube/api';
import { isAbout } from '../common/match.ts';
import type { AdmissionPlugin } from '../contract.ts';

interface Node extends KubeObject {
  spec?: { taints?: { key?: string; value?: string; effect?: string }[] };
}

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** TaintNodesByCondition: a new node gets no pods until it has said that it is ready. */
export const taintNewNodes: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: (attributes) => attributes.operation === 'CREATE' && isAbout(attributes, '', 'nodes'),
  admit({ object }) {
    const node = object as Node | undefined;
    if (node === undefined) return;
    node.spec ??= {};
    node.spec.taints ??= [];
    const { taints } = node.spec;
    if (!taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect))
      taints.push({ ...NOT_READY });
  },
};
