import type { KubeObject } from '#kube/api';
import type { EndpointPort } from '../endpointslice/mod.ts';

/** `v1` `Endpoints`. */
export interface Endpoints extends KubeObject {
  subsets?: EndpointSubset[];
}

/** `EndpointSubset`: each address has each port. */
export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}

/** `EndpointAddress`. */
export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string };
}
