import type { KubeObject } from '#kube/api';

/** `apiregistration.k8s.io/v1` APIService: says who serves a group version. */
export interface ApiService extends KubeObject {
  spec?: {
    group?: string;
    version?: string;
    groupPriorityMinimum?: number;
    versionPriority?: number;
    /** Absent: this server does. */
    service?: { namespace: string; name: string; port?: number } | null;
    caBundle?: string;
    insecureSkipTLSVerify?: boolean;
  };
  status?: { conditions?: Condition[] };
}

/** A condition of an APIService. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime?: string;
}

/** The resource of API services. */
export const API_SERVICES = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' } as const;

/** `v1.apps`, and `v1.` for the core group: an API service's name says what it is for. */
export function apiServiceName(group: string, version: string): string {
  return `${version}.${group}`;
}

/** Does another server serve it? */
export function isRemote({ spec }: { readonly spec?: { readonly service?: unknown } | undefined }): boolean {
  return spec?.service !== undefined && spec.service !== null;
}

/** Is it known to answer? */
export function isAvailable({
  status,
}: {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } | undefined;
}): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Available' && value === 'True') === true;
}
