import { badRequest, notFound, unavailable } from '#kube/api';
import type { Answer } from '../answer.ts';
import { resourceOf, type Target } from '../verbs/target.ts';
import { admitConnect, type ConnectOptions } from './connect.ts';

/** Forwards a request to the agent of a node; set by the wiring when there are agents. `options`: of connections, as admission left them. */
export type NodeRouter = (
  target: Target,
  node: string,
  options: ConnectOptions | undefined,
) => Promise<Answer | undefined>;

/** A handler for log, exec, attach, port-forward and proxy of pods: the agent of the pod's node serves them. */
export function routedToNode(router: NodeRouter | undefined): (target: Target) => Promise<Answer | undefined> {
  return async (target) => {
    const options = await admitConnect(target);
    const entry = await target.store.get(target.store.key(target.namespace, target.name));
    if (entry === undefined) throw notFound(resourceOf(target), target.name);
    const node = nodeOf(target, entry.object.spec);
    if (router === undefined) {
      throw unavailable(
        `${target.subresource} of ${target.endpoint.row.singular} "${target.name}": no agent serves the node "${node}", so nothing runs there`,
      );
    }
    return router(target, node, options);
  };
}

/** A handler for the proxy of services, whose pods nobody can reach from here. */
export async function serviceProxy(target: Target): Promise<never> {
  await admitConnect(target);
  throw unavailable(`proxy of service "${target.name}": this server has no way to the pods of services`);
}

function nodeOf({ endpoint, name }: Target, spec: unknown): string {
  if (endpoint.row.plural === 'nodes') return name;
  const node = (spec as { nodeName?: string } | undefined)?.nodeName ?? '';
  if (node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  return node;
}
