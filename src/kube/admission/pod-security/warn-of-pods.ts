import type { Shared } from '#kube/api';
import type { Pod, PodSpec } from '#kube/api/resources';
import type { AdmissionAttributes } from '../contract.ts';
import { violations } from './evaluate.ts';
import { formatLevel, type LevelVersion } from './level.ts';

/** So many pods are looked at, and so long. */
const MAX_PODS = 3000;
const MAX_MS = 1000;

/** Warns of the pods of a namespace that a new policy would not let in; they stay. */
export function warnOfPods(
  { warn }: AdmissionAttributes,
  namespace: string,
  level: LevelVersion,
  pods: readonly Shared<Pod>[],
): void {
  const found = new Map<string, string[]>();
  const checked = collect(level, pods, found);
  if (checked < pods.length) {
    warn(`new PodSecurity enforce level only checked against the first ${checked} of ${pods.length} existing pods`);
  }
  if (found.size === 0) return;
  warn(`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${formatLevel(level)}"`);
  const lines = [...found].map(([reasons, names]) => `${describe(names)}: ${reasons}`);
  for (const line of lines.sort()) warn(line);
}

/** Gathers the names of pods by what is wrong with them; answers how many were looked at. */
function collect(level: LevelVersion, pods: readonly Shared<Pod>[], found: Map<string, string[]>): number {
  const endMs = Date.now() + MAX_MS;
  let checked = 0;
  for (const { metadata, spec } of pods) {
    if (checked === MAX_PODS || Date.now() > endMs) break;
    checked++;
    const reasons = violations(level, metadata, spec as PodSpec).map(({ reason }) => reason);
    if (reasons.length === 0) continue;
    const names = found.get(reasons.join(', ')) ?? [];
    names.push(metadata.name ?? '');
    found.set(reasons.join(', '), names);
  }
  return checked;
}

function describe(names: readonly string[]): string {
  const [first] = [...names].sort();
  if (names.length === 1) return first ?? '';
  return `${first} (and ${names.length - 1} other ${names.length === 2 ? 'pod' : 'pods'})`;
}
