import type { KubeObject } from '../../../object.ts';
import type { Column } from '../../../resource.ts';
import { AGE_COLUMN, textColumn } from '../../columns.ts';
import type { Node, NodeStatus } from './types.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

function statusOf(object: KubeObject): string {
  const { spec, status } = object as Node;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (spec?.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function roles({ metadata }: KubeObject): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) found.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== '') found.add(value);
  }
  return found.size === 0 ? '<none>' : [...found].sort().join(',');
}

function address(object: KubeObject, type: string): string {
  return (object as Node).status?.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';
}

function info(object: KubeObject, field: keyof NonNullable<NodeStatus['nodeInfo']>, missing: string): string {
  const text = (object as Node).status?.nodeInfo?.[field] ?? '';
  return text === '' ? missing : text;
}

const UNKNOWN = '<unknown>';

/** What `kubectl get nodes` prints. */
export const nodeColumns: readonly Column[] = [
  textColumn('Status', 'Is it ready, and may pods be put on it?', statusOf),
  textColumn('Roles', 'What the node is for, by its labels.', roles),
  AGE_COLUMN,
  textColumn('Version', 'Version of the agent that runs pods on it.', (object) => info(object, 'kubeletVersion', '')),
  textColumn('Internal-IP', 'Its address inside the cluster.', (object) => address(object, 'InternalIP'), 1),
  textColumn('External-IP', 'Its address outside.', (object) => address(object, 'ExternalIP'), 1),
  textColumn('OS-Image', 'Its operating system.', (object) => info(object, 'osImage', UNKNOWN), 1),
  textColumn('Kernel-Version', 'Its kernel.', (object) => info(object, 'kernelVersion', UNKNOWN), 1),
  textColumn('Container-Runtime', 'What runs its containers.', (o) => info(o, 'containerRuntimeVersion', UNKNOWN), 1),
];
