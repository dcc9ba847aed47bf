import { isDeepStrictEqual } from 'node:util';
import { fields } from './pod-references.ts';
import type { NodeWrite } from './restriction.ts';

/** A kubelet writes its own node, and of it no taints, owners, or labels that steer pods. */
export function checkNode({ node, attributes, refuse }: NodeWrite): void {
  const { name, operation, object, oldObject } = attributes;
  const requested = operation === 'CREATE' ? (object?.metadata.name ?? name) : name;
  if (requested !== node) throw refuse(`node "${node}" is not allowed to modify node "${requested}"`);
  if (object === undefined || operation === 'DELETE') return;
  const spec = fields(object.spec);
  const oldSpec = fields(oldObject?.spec);
  const labels = forbiddenLabels(object.metadata.labels, oldObject?.metadata.labels);
  if (operation === 'CREATE') {
    if (spec.configSource) throw refuse(`node "${node}" is not allowed to create pods with a non-nil configSource`);
    if (labels.length > 0)
      throw refuse(`node "${node}" is not allowed to set the following labels: ${labels.join(', ')}`);
    return;
  }
  if (spec.configSource && !isDeepStrictEqual(spec.configSource, oldSpec.configSource)) {
    throw refuse(`node "${node}" is not allowed to update configSource to a new non-nil configSource`);
  }
  if (!isDeepStrictEqual(spec.taints ?? [], oldSpec.taints ?? [])) {
    throw refuse(`node "${node}" is not allowed to modify taints`);
  }
  if (labels.length > 0) throw refuse(`is not allowed to modify labels: ${labels.join(', ')}`);
  if (!isDeepStrictEqual(object.metadata.ownerReferences ?? [], oldObject?.metadata.ownerReferences ?? [])) {
    throw refuse(`node "${node}" is not allowed to modify ownerReferences`);
  }
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Labels that changed and that a kubelet may not change, sorted. */
function forbiddenLabels(labels: Labels, old: Labels): string[] {
  const value = (from: Labels, key: string) => (from !== undefined && Object.hasOwn(from, key) ? from[key] : undefined);
  const keys = new Set([...Object.keys(labels ?? {}), ...Object.keys(old ?? {})]);
  return [...keys].filter((key) => value(labels, key) !== value(old, key) && isForbidden(key)).sort();
}

function isForbidden(label: string): boolean {
  const prefix = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  const isIn = (domain: string) => prefix === domain || prefix.endsWith(`.${domain}`);
  if (isIn('node-restriction.kubernetes.io')) return true;
  if (!isIn('kubernetes.io') && !isIn('k8s.io')) return false;
  return !KUBELET_LABELS.has(label) && !isIn('kubelet.kubernetes.io') && !isIn('node.kubernetes.io');
}

/** Labels of kubernetes.io that kubelets set themselves. */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
]);
