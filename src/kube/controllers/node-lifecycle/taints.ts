import type { Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { readiness } from './conditions.ts';
import type { Node, Taint } from './types.ts';

const PREFIX = 'node.kubernetes.io/';
const NOT_READY = `${PREFIX}not-ready`;
const UNREACHABLE = `${PREFIX}unreachable`;
const UNSCHEDULABLE = `${PREFIX}unschedulable`;

/** Which condition, when true, keeps new pods away by which taint. */
const PRESSURES: ReadonlyMap<string, string> = new Map([
  ['MemoryPressure', `${PREFIX}memory-pressure`],
  ['DiskPressure', `${PREFIX}disk-pressure`],
  ['PIDPressure', `${PREFIX}pid-pressure`],
  ['NetworkUnavailable', `${PREFIX}network-unavailable`],
]);
/** The taints of effect NoSchedule that are ours to set and to take away. */
const OURS = new Set([...PRESSURES.values(), NOT_READY, UNREACHABLE, UNSCHEDULABLE]);

/** Which taint drives pods off a node in this state; undefined: none. */
function evictingKey(node: Shared<Node>): string | undefined {
  const ready = readiness(node);
  if (ready === 'False') return NOT_READY;
  return ready === 'Unknown' ? UNREACHABLE : undefined;
}

/** Does the node bear the taint that its state calls for? */
export function isEvicting(node: Shared<Node>): boolean {
  const key = evictingKey(node);
  return node.spec?.taints?.some((taint) => taint.key === key && taint.effect === 'NoExecute') === true;
}

/** Does the node still bear one of the taints that drive pods off? */
export function hasEvictionTaint({ spec }: Shared<Node>): boolean {
  return spec?.taints?.some(({ key, effect }) => effect === 'NoExecute' && isEvictionKey(key)) === true;
}

/**
 * The taints that a node should have: of those that keep pods away what its conditions say, of those that drive pods off what `evict`
 * says. Others are left alone. Undefined: it has them. Pure.
 */
export function planTaints(node: Shared<Node>, evict: boolean, nowMs: number): Shared<Taint>[] | undefined {
  const taints = node.spec?.taints ?? [];
  const wanted = wantedTaints(node, evict);
  const isOurs = ({ key, effect }: Shared<Taint>) =>
    (effect === 'NoSchedule' && OURS.has(key)) || (effect === 'NoExecute' && isEvictionKey(key));
  const isWanted = (taint: Shared<Taint>) => wanted.some((one) => one.key === taint.key && one.effect === taint.effect);
  const kept = taints.filter((taint) => !isOurs(taint) || isWanted(taint));
  const missing = wanted.filter((one) => !kept.some(({ key, effect }) => one.key === key && one.effect === effect));
  if (kept.length === taints.length && missing.length === 0) return undefined;
  const timeAdded = formatTime(nowMs);
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded }))];
}

function wantedTaints(node: Shared<Node>, evict: boolean): Taint[] {
  const keys = (node.status?.conditions ?? []).flatMap(({ type, status }) =>
    status === 'True' ? (PRESSURES.get(type) ?? []) : [],
  );
  const evicting = evictingKey(node);
  if (evicting !== undefined) keys.push(evicting);
  if (node.spec?.unschedulable === true) keys.push(UNSCHEDULABLE);
  const taints: Taint[] = keys.map((key) => ({ key, effect: 'NoSchedule' }));
  if (evict && evicting !== undefined) taints.push({ key: evicting, effect: 'NoExecute' });
  return taints;
}

function isEvictionKey(key: string): boolean {
  return key === NOT_READY || key === UNREACHABLE;
}
