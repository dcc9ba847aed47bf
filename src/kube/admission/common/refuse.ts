import { forbidden, StatusError } from '#kube/api';
import type { AdmissionAttributes } from '../contract.ts';

/** 403 `pods "x" is forbidden: why`. An object whose name is not made yet is known by its `generateName`. */
export function refuse(attributes: AdmissionAttributes, why: string): StatusError {
  return forbidden(groupResource(attributes), nameOf(attributes), why);
}

/** What messages call the object. */
export function nameOf({ name, object }: AdmissionAttributes): string {
  return name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown';
}

function groupResource({ resource: { group, resource } }: AdmissionAttributes) {
  return { group, resource };
}

/** Several complaints as upstream joins them: `[a, b]`, or the one. */
export function joinComplaints(complaints: readonly string[]): string {
  const all = [...new Set(complaints)];
  return all.length === 1 ? (all[0] as string) : `[${all.join(', ')}]`;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof StatusError || error instanceof Error ? error.message : String(error);
}
