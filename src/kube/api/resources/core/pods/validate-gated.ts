import { type FieldErrors, SPEC, semanticEqual } from '../../../values/mod.ts';
import type { Affinity, NodeSelectorTerm, PodSpec } from '../pod-spec/mod.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const TERMS = SPEC.child('affinity').child('nodeAffinity').child(REQUIRED).child('nodeSelectorTerms');

/**
 * A pod behind scheduling gates may still be told where to go, if that only narrows where it may go. Complains where it doesn't, and
 * gives `rest` the old values, for the comparison that follows.
 */
export function mendGatedPlacement(rest: PodSpec, old: PodSpec, errors: FieldErrors): void {
  mendNodeSelector(rest, old, errors);
  const oldAffinity = old.affinity?.nodeAffinity;
  const nodeAffinity = rest.affinity?.nodeAffinity;
  if (semanticEqual(nodeAffinity, oldAffinity)) return;
  validateTerms(
    nodeAffinity?.[REQUIRED]?.nodeSelectorTerms ?? [],
    oldAffinity?.[REQUIRED]?.nodeSelectorTerms ?? [],
    errors,
  );
  const affinity: Affinity = { ...rest.affinity };
  delete affinity.nodeAffinity;
  if (oldAffinity !== undefined) affinity.nodeAffinity = oldAffinity;
  if (old.affinity === undefined && Object.keys(affinity).length === 0) delete rest.affinity;
  else rest.affinity = affinity;
}

function mendNodeSelector(rest: PodSpec, old: PodSpec, errors: FieldErrors): void {
  const { nodeSelector = {} } = rest;
  const { nodeSelector: before = {} } = old;
  if (semanticEqual(nodeSelector, before)) return;
  const isKept = Object.keys(before).every(
    (key) => Object.hasOwn(nodeSelector, key) && nodeSelector[key] === before[key],
  );
  if (!isKept) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    errors.invalid(SPEC.child('nodeSelector'), nodeSelector, detail);
  }
  if (old.nodeSelector === undefined) delete rest.nodeSelector;
  else rest.nodeSelector = old.nodeSelector;
}

function validateTerms(now: readonly NodeSelectorTerm[], old: readonly NodeSelectorTerm[], errors: FieldErrors): void {
  if (old.length === 0) return;
  if (now.length !== old.length) {
    errors.invalid(TERMS, now, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
    return;
  }
  old.forEach((before, i) => {
    if (!hasOnlyAdditions(now[i] ?? {}, before))
      errors.invalid(TERMS.index(i), now[i], 'only additions are allowed (no mutations or deletions)');
  });
}

function hasOnlyAdditions(now: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const wasEmpty = (old.matchExpressions?.length ?? 0) === 0 && (old.matchFields?.length ?? 0) === 0;
  // An empty term matches nothing: anything added would widen it.
  if (wasEmpty) return (now.matchExpressions?.length ?? 0) === 0 && (now.matchFields?.length ?? 0) === 0;
  return (['matchExpressions', 'matchFields'] as const).every((field) => {
    const before = old[field] ?? [];
    return semanticEqual((now[field] ?? []).slice(0, before.length), before);
  });
}
