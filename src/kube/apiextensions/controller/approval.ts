import type { CrdCondition, CustomResourceDefinition } from '../types.ts';

/** CRDs in the project's own groups say by this annotation who approved them. */
export const APPROVAL_ANNOTATION = 'api-approved.kubernetes.io';

/** Does a group belong to the Kubernetes project? */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

/** The condition that tells whether a CRD of a protected group is approved; undefined for other groups. */
export function approvalCondition({
  metadata,
  spec,
}: CustomResourceDefinition): Omit<CrdCondition, 'lastTransitionTime'> | undefined {
  if (!isProtectedGroup(spec.group)) return undefined;
  const type = 'KubernetesAPIApprovalPolicyConformant';
  const value = metadata.annotations?.[APPROVAL_ANNOTATION] ?? '';
  if (value.startsWith('unapproved')) {
    const message = `not approved: ${JSON.stringify(value)}`;
    return { type, status: 'False', reason: 'UnapprovedAnnotation', message };
  }
  return { type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${value}` };
}
