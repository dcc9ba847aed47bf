import type { Handler } from '../dispatch.ts';
import { bind } from './binding.ts';
import { evict } from './eviction.ts';
import { type NodeRouter, routedToNode, serviceProxy } from './routed.ts';

const ROUTED = ['pods/log', 'pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'nodes/proxy'];

/** The subresources of built-in kinds that are more than a part of the object. */
export function builtinHandlers(router?: NodeRouter): [string, Handler][] {
  const routed = routedToNode(router);
  return [
    ['pods/binding create', bind],
    ['bindings create', bind],
    ['pods/eviction create', evict],
    ['services/proxy *', serviceProxy],
    ...ROUTED.map((path): [string, Handler] => [`${path} *`, routed]),
  ];
}

export type { NodeRouter };
