import { type LabelRequirement, matchesLabels, type Shared } from '#kube/api';
import type { NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Toleration } from '../common/mod.ts';
import type { Node, Taint } from './types.ts';

/** May a pod start on a node, and may one that is there stay? */
export interface NodeFit {
  readonly mayRun: boolean;
  readonly mayStay: boolean;
}

/** Judges by the pod's node name, selector, required affinity and tolerations. Pure. */
export function nodeFit(spec: Shared<PodSpec>, node: Shared<Node>): NodeFit {
  const named = (spec.nodeName ?? '') === '' || spec.nodeName === node.metadata.name;
  if (!named || !fitsAffinity(spec, node)) return { mayRun: false, mayStay: false };
  const tolerated = (effects: readonly string[]) =>
    (node.spec?.taints ?? []).every((taint) => !effects.includes(taint.effect ?? '') || isTolerated(spec, taint));
  return { mayRun: tolerated(['NoSchedule', 'NoExecute']), mayStay: tolerated(['NoExecute']) };
}

function fitsAffinity(spec: Shared<PodSpec>, node: Shared<Node>): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || (required.nodeSelectorTerms ?? []).some((term) => fitsTerm(term, node));
}

/** A term without requirements fits no node. */
function fitsTerm({ matchExpressions = [], matchFields = [] }: Shared<NodeSelectorTerm>, node: Shared<Node>): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name ?? '' };
  return (
    matchesLabels(matchExpressions.map(requirementOf), node.metadata.labels) &&
    matchesLabels(matchFields.map(requirementOf), fields)
  );
}

const OPERATORS: ReadonlyMap<string, LabelRequirement['operator']> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
  ['Gt', 'gt'],
  ['Lt', 'lt'],
]);

/** An operator that nobody knows fits nothing. */
function requirementOf({ key = '', operator = '', values = [] }: Shared<NodeSelectorRequirement>): LabelRequirement {
  const known = OPERATORS.get(operator);
  return known === undefined ? { key, operator: 'in', values: [] } : { key, operator: known, values };
}

function isTolerated({ tolerations = [] }: Shared<PodSpec>, taint: Shared<Taint>): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

function tolerates(
  { key = '', operator = 'Equal', value = '', effect = '' }: Shared<Toleration>,
  taint: Shared<Taint>,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return operator === 'Equal' && key !== '' && value === (taint.value ?? '');
}
