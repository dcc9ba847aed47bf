import type { ResourceDefinition } from '../../resource.ts';
import { certificateSigningRequests } from './certificate-signing-requests.ts';

/** The resources of the certificates.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [certificateSigningRequests];
