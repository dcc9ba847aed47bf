import { GROUPS } from '../authenticate/names.ts';
import type { UserInfo } from '../contract.ts';

const PREFIX = 'system:node:';

/** True for kubelets, known by their group. */
export function isNode({ groups }: UserInfo): boolean {
  return groups.includes(GROUPS.nodes);
}

/** The node that a kubelet speaks for; '' where its user name does not say. */
export function nodeNameOf({ name }: UserInfo): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
}
