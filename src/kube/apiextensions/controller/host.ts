import type { AdmissionPlugin } from '#kube/admission';
import type { ResourceDefinition } from '#kube/api';

/** What custom resources need of the API server that serves them. */
export interface CustomResourceHost {
  readonly catalog: {
    row(group: string, plural: string): ResourceDefinition | undefined;
    rows(): ResourceDefinition[];
    /** Serves a resource, or serves it differently, from now on. */
    set(row: ResourceDefinition): void;
    remove(group: string, plural: string): ResourceDefinition | undefined;
  };
  /** Forgets what it holds of a resource that is gone, and ends its watches. */
  readonly stores: { drop(row: ResourceDefinition): void };
  readonly admission: AdmissionPlugin[];
}

/** The resource of CRDs themselves. */
export const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' } as const;

/** Holds a CRD until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';
