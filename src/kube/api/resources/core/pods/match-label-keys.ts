import type { LabelSelector } from '../../../selector/mod.ts';
import type { PodAffinity, PodAffinityTerm } from '../pod-spec/mod.ts';
import type { Pod } from './types.ts';

/** `matchLabelKeys` says: pods with the values that this pod has. Written out once, when the pod is made. */
export function addMatchedLabels(pod: Pod): void {
  const { affinity, topologySpreadConstraints } = pod.spec;
  if (affinity === undefined && topologySpreadConstraints === undefined) return;
  const labels = pod.metadata.labels ?? {};
  for (const term of [...termsOf(affinity?.podAffinity), ...termsOf(affinity?.podAntiAffinity)]) {
    addExpressions(term.labelSelector, term.matchLabelKeys, 'In', labels);
    addExpressions(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
  }
  for (const constraint of topologySpreadConstraints ?? [])
    addExpressions(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels);
}

function termsOf(affinity: PodAffinity | undefined): PodAffinityTerm[] {
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const weighted = preferred.map(({ podAffinityTerm }) => podAffinityTerm).filter((term) => term !== undefined);
  return [...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...weighted];
}

function addExpressions(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): void {
  if (selector === undefined || keys === undefined) return;
  for (const key of keys) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (value === undefined) continue;
    selector.matchExpressions ??= [];
    selector.matchExpressions.push({ key, operator, values: [value] });
  }
}
