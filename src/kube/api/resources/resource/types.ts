import type { KubeObject } from '../../object.ts';
import type { NodeSelector } from '../core/pod-spec/mod.ts';

/** `ResourceClaim`. */
export interface ResourceClaim extends KubeObject {
  spec: ResourceClaimSpec;
  status?: ResourceClaimStatus;
}

/** `ResourceClaimTemplate`. */
export interface ResourceClaimTemplate extends KubeObject {
  spec: { metadata?: object; spec?: ResourceClaimSpec };
}

/** `ResourceClaimSpec`. */
export interface ResourceClaimSpec {
  devices?: DeviceClaim;
}

/** `DeviceClaim`. */
export interface DeviceClaim {
  requests?: DeviceRequest[];
  constraints?: { requests?: string[]; matchAttribute?: string; distinctAttribute?: string }[];
  config?: DeviceConfig[];
}

/** `DeviceRequest`: what exactly, or the first of several that there is. */
export interface DeviceRequest {
  name?: string;
  exactly?: ExactRequest;
  firstAvailable?: (ExactRequest & { name?: string })[];
}

/** `ExactDeviceRequest`; subrequests have the same but for the access of administrators. */
export interface ExactRequest {
  deviceClassName?: string;
  selectors?: DeviceSelector[];
  allocationMode?: string;
  count?: number;
  adminAccess?: boolean;
  tolerations?: { operator?: string; key?: string; value?: string; effect?: string }[];
}

/** `DeviceSelector`. */
export interface DeviceSelector {
  cel?: { expression?: string };
}

/** `DeviceClaimConfiguration`, and `DeviceClassConfiguration`, which has no requests. */
export interface DeviceConfig {
  requests?: string[];
  opaque?: { driver?: string; parameters?: unknown };
}

/** `ResourceClaimStatus`. */
export interface ResourceClaimStatus {
  allocation?: object;
  reservedFor?: { resource?: string; name?: string; uid?: string; apiGroup?: string }[];
  devices?: object[];
}

/** `DeviceClass`. */
export interface DeviceClass extends KubeObject {
  spec: { selectors?: DeviceSelector[]; config?: DeviceConfig[]; extendedResourceName?: string };
}

/** `ResourceSlice`. */
export interface ResourceSlice extends KubeObject {
  spec: ResourceSliceSpec;
}

/** `ResourceSliceSpec`. */
export interface ResourceSliceSpec {
  driver?: string;
  pool?: { name?: string; generation?: number; resourceSliceCount?: number };
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  perDeviceNodeSelection?: boolean;
  devices?: Device[];
  sharedCounters?: { name?: string; counters?: object }[];
}

/** `Device`. */
export interface Device {
  name?: string;
  attributes?: Record<string, Record<string, unknown>>;
  capacity?: Record<string, { value?: string }>;
  taints?: { key?: string; value?: string; effect?: string; timeAdded?: string }[];
}
