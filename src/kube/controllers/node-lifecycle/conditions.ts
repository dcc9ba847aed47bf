import type { Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { createdMs } from '../common/mod.ts';
import type { Node, NodeCondition } from './types.ts';

/** A node that has not given a sign of life for so long is not there; a new one has a bit more time. */
export const GRACE_MS = 50_000;
const STARTUP_GRACE_MS = 60_000;

const WATCHED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Is the node ready? `undefined`: it never said. */
export function readiness({ status }: Shared<Node>): 'True' | 'False' | 'Unknown' | undefined {
  const said = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return said === 'True' || said === 'False' ? said : said === undefined ? undefined : 'Unknown';
}

/** When the node counts as gone, if nothing is heard of it from now on. */
export function silentAtMs(node: Shared<Node>, heardMs: number): number {
  if (readiness(node) === undefined) return Math.max(createdMs(node) + STARTUP_GRACE_MS, heardMs);
  return heardMs + GRACE_MS;
}

/** The conditions of a node that nothing is heard of: nobody knows. Undefined: they say so already. Pure. */
export function unknownConditions(node: Shared<Node>, nowMs: number): Shared<NodeCondition>[] | undefined {
  const conditions = [...(node.status?.conditions ?? [])];
  const now = formatTime(nowMs);
  let changed = false;
  for (const type of WATCHED) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const old = conditions[at];
    if (old?.status === 'Unknown') continue;
    changed = true;
    const condition = { type, status: 'Unknown', lastTransitionTime: now };
    if (old === undefined) {
      const [reason, message] = ['NodeStatusNeverUpdated', 'Kubelet never posted node status.'];
      conditions.push({ ...condition, reason, message, lastHeartbeatTime: node.metadata.creationTimestamp ?? null });
    } else {
      const [reason, message] = ['NodeStatusUnknown', 'Kubelet stopped posting node status.'];
      conditions[at] = { ...old, ...condition, reason, message };
    }
  }
  return changed ? conditions : undefined;
}
