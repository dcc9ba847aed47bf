import type { Shared } from '#kube/api';
import { isTerminating, type Pod, scaledValue } from '../common/mod.ts';
import type { NodePods } from './plan.ts';
import type { DaemonSet } from './types.ts';

/** What a roll must know of pods. */
export interface PodJudge {
  readonly isNew: (pod: Shared<Pod>) => boolean;
  readonly available: (pod: Shared<Pod>) => boolean;
}

/** Nodes that get a second pod, and pods that go. */
export interface RollMoves {
  readonly create: readonly string[];
  readonly remove: readonly string[];
}

/** The next old pods to replace: by deleting them first, or with a surge by starting the new ones beside them. */
export function planRoll(set: Shared<DaemonSet>, placed: readonly NodePods[], judge: PodJudge): RollMoves {
  const wanted = placed.filter(({ fit }) => fit.mayRun);
  const { maxSurge, maxUnavailable } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, wanted.length, 'up');
  if (surge > 0) return surgeRoll(wanted, surge, judge);
  return deleteRoll(wanted, Math.max(1, scaledValue(maxUnavailable ?? 1, wanted.length, 'up')), judge);
}

/** Pods that don't serve anyway go at once, others as long as not too many nodes are without. */
function deleteRoll(wanted: readonly NodePods[], maxUnavailable: number, { isNew, available }: PodJudge): RollMoves {
  const [broken, candidates]: [string[], string[]] = [[], []];
  let unavailable = 0;
  for (const { pods } of wanted) {
    const [pod] = pods;
    const serves = pod !== undefined && pods.length === 1 && !isTerminating(pod) && available(pod);
    if (!serves) unavailable++;
    if (pod === undefined || pods.length > 1 || isTerminating(pod) || isNew(pod)) continue;
    (serves ? candidates : broken).push(pod.metadata.name ?? '');
  }
  return { create: [], remove: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/** A new pod starts beside the old one, which goes when the new one serves. */
function surgeRoll(wanted: readonly NodePods[], maxSurge: number, { isNew, available }: PodJudge): RollMoves {
  const [broken, candidates, remove]: [string[], string[], string[]] = [[], [], []];
  let surging = 0;
  for (const { name, pods } of wanted) {
    const old = pods.find((pod) => !isNew(pod) && !isTerminating(pod));
    const fresh = pods.find(isNew);
    if (old === undefined) continue;
    if (fresh === undefined) (available(old) ? candidates : broken).push(name);
    else if (available(fresh)) remove.push(old.metadata.name ?? '');
    else surging++;
  }
  return { create: [...broken, ...candidates.slice(0, Math.max(0, maxSurge - surging))], remove };
}
