import { keyOf } from '#kube/client';
import { Loop, NODES } from '../common/mod.ts';
import type { Controller } from '../contract.ts';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';

/** For clusters of which size kubelets are to keep secrets and config maps for how long. They overlap, so that nothing flutters. */
const STEPS: readonly { readonly min: number; readonly max: number; readonly seconds: number }[] = [
  { min: 0, max: 100, seconds: 0 },
  { min: 90, max: 500, seconds: 15 },
  { min: 450, max: 1000, seconds: 30 },
  { min: 900, max: 2000, seconds: 60 },
  { min: 1800, max: 10_000, seconds: 300 },
  { min: 9000, max: Number.POSITIVE_INFINITY, seconds: 600 },
];

/** The step for a number of nodes, coming from another. Pure. */
export function stepFor(nodes: number, current: number): number {
  let step = current;
  while (nodes > (STEPS[step]?.max ?? Number.POSITIVE_INFINITY)) step++;
  while (nodes < (STEPS[step]?.min ?? 0)) step--;
  return step;
}

/** How long kubelets keep what they have read, at a step. */
export function ttlSeconds(step: number): number {
  return STEPS[step]?.seconds ?? 0;
}

/** Tells kubelets by an annotation for how long to keep secrets and config maps: in large clusters longer. */
export const nodeTtl: Controller = {
  name: 'ttl-controller',
  start({ client, informers }) {
    const nodes = informers.of(NODES);
    let step = 0;
    const loop = new Loop({
      name: 'ttl-controller',
      reconcile: async (name) => {
        const node = nodes.get(name);
        const ttl = String(ttlSeconds(step));
        if (node === undefined || node.metadata.annotations?.[ANNOTATION] === ttl) return undefined;
        await client.patch(
          NODES,
          { name },
          { type: 'merge', body: { metadata: { annotations: { [ANNOTATION]: ttl } } } },
        );
        return undefined;
      },
    });
    const recount = () => {
      const next = stepFor(nodes.size, step);
      if (next === step) return;
      step = next;
      for (const node of nodes.list()) loop.add(keyOf(node as { metadata: object }));
    };
    loop.owns(nodes);
    loop.handle(nodes, { onAdd: recount, onDelete: recount });
    return loop.begin();
  },
};
