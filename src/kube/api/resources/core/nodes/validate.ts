import {
  cidrFamily,
  type FieldErrors,
  labelValueErrors,
  METADATA,
  type Path,
  type ResourceList,
  SPEC,
  STATUS,
  semanticEqual,
  validateCidr,
  validateQualifiedName,
} from '../../../values/mod.ts';
import { validateTaintEffect } from '../pod-spec/mod.ts';
import { validateResourceAmount } from '../resource-names.ts';
import type { Node, Taint } from './types.ts';

/** Complaints about a node, new or changed. */
export function validateNode(node: Node, errors: FieldErrors): void {
  // Upstream says metadata.taints, and clients may look for it.
  if (node.spec?.taints !== undefined) validateTaints(node.spec.taints, METADATA.child('taints'), errors);
  validateAmounts(node.status?.capacity, STATUS.child('capacity'), errors);
  validateAmounts(node.status?.allocatable, STATUS.child('allocatable'), errors);
  validateCidrs(node.spec?.podCIDRs ?? [], SPEC.child('podCIDRs'), errors);
}

function validateAmounts(list: ResourceList | undefined, path: Path, errors: FieldErrors): void {
  for (const name of Object.keys(list ?? {}))
    validateResourceAmount(name, list?.[name] ?? '', path.child(name), errors);
}

function validateTaints(taints: readonly Taint[], path: Path, errors: FieldErrors): void {
  const seen = new Set<string>();
  taints.forEach((taint, i) => {
    const at = path.index(i);
    const { key = '', value = '', effect = '' } = taint;
    validateQualifiedName(key, at.child('key'), errors);
    const problems = labelValueErrors(value);
    if (problems.length > 0) errors.invalid(at.child('value'), value, problems.join(';'));
    validateTaintEffect(effect, at.child('effect'), errors);
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) errors.duplicate(at, taint, 'taints must be unique by key and effect pair');
    seen.add(pair);
  });
}

function validateCidrs(cidrs: readonly string[], path: Path, errors: FieldErrors): void {
  cidrs.forEach((cidr, i) => {
    validateCidr(cidr, path.index(i), errors);
  });
  if (cidrs.length < 2) return;
  const isDual = cidrs.length === 2 && cidrFamily(cidrs[0] ?? '') !== cidrFamily(cidrs[1] ?? '');
  if (!isDual) errors.invalid(path, cidrs, 'may specify no more than one CIDR for each IP family');
  cidrs.forEach((cidr, i) => {
    if (cidrs.indexOf(cidr) < i) errors.duplicate(path.index(i), cidr);
  });
}

/** Complaints about a change: what the cluster gave a node stays. */
export function validateNodeUpdate(node: Node, old: Node, errors: FieldErrors): void {
  validateNode(node, errors);
  validateFeatures(node.status?.declaredFeatures ?? [], STATUS.child('declaredFeatures'), errors);
  validateAddresses(node, errors);
  const oldCidrs = old.spec?.podCIDRs ?? [];
  if (oldCidrs.length > 0 && !semanticEqual(node.spec?.podCIDRs, oldCidrs))
    errors.forbidden(SPEC.child('podCIDRs'), 'node updates may not change podCIDR except from "" to valid');
  const oldId = old.spec?.providerID ?? '';
  if (oldId !== '' && node.spec?.providerID !== oldId)
    errors.forbidden(SPEC.child('providerID'), 'node updates may not change providerID except from "" to valid');
  if ((node.spec?.externalID ?? '') !== (old.spec?.externalID ?? ''))
    errors.forbidden(SPEC.child('externalID'), 'may not be updated');
}

function validateAddresses(node: Node, errors: FieldErrors): void {
  const seen = new Set<string>();
  node.status?.addresses?.forEach((address, i) => {
    const pair = `${address.type} ${address.address}`;
    if (seen.has(pair)) errors.duplicate(STATUS.child('addresses').index(i), address);
    seen.add(pair);
  });
}

const MAX_FEATURE = 253;
const feature = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_MESSAGE =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or " +
  'MyFeature/mySubFeature), and contain only alphanumeric characters and slashes';

/** What the node says that it can do: sorted, and nothing twice. */
function validateFeatures(features: readonly string[], path: Path, errors: FieldErrors): void {
  features.forEach((name, i) => {
    const problem = name.length > MAX_FEATURE ? `must be no more than ${MAX_FEATURE} characters` : FEATURE_MESSAGE;
    if (name.length > MAX_FEATURE || !feature.test(name))
      errors.invalid(path.index(i), name, `invalid feature name "${name}": ${problem}`);
    const next = features[i + 1];
    if (next === name) errors.duplicate(path.index(i + 1), next);
    else if (next !== undefined && name > next)
      errors.invalid(path.index(i + 1), next, 'list must be sorted alphabetically');
  });
}
