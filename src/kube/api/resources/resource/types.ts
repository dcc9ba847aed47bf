import type { KubeObject } from '../../object.ts';
import type { Condition } from '../../values/mod.ts';
import type { NodeSelector } from '../core/pod-spec/mod.ts';
import type { BindingConditions } from './binding-conditions.ts';

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
  constraints?: DeviceConstraint[];
  config?: DeviceConfig[];
}

/** `DeviceRequest`: what exactly, or the first of several that there is. */
export interface DeviceRequest {
  name?: string;
  exactly?: ExactDeviceRequest;
  firstAvailable?: DeviceSubRequest[];
}

/** `DeviceSubRequest`: one of several that would do. */
export interface DeviceSubRequest extends ExactDeviceRequest {
  name?: string;
}

/** `DeviceConstraint`: what the devices must have in common, or not. */
export interface DeviceConstraint {
  requests?: string[];
  matchAttribute?: string;
  distinctAttribute?: string;
}

/** `ExactDeviceRequest`; subrequests have the same but for the access of administrators. */
export interface ExactDeviceRequest {
  deviceClassName?: string;
  selectors?: DeviceSelector[];
  allocationMode?: string;
  count?: number;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
}

/** `DeviceToleration`. */
export interface DeviceToleration {
  operator?: string;
  key?: string;
  value?: string;
  effect?: string;
}

/** `DeviceTaint`. */
export interface DeviceTaint {
  key?: string;
  value?: string;
  effect?: string;
  timeAdded?: string;
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
  allocation?: AllocationResult;
  reservedFor?: { resource?: string; name?: string; uid?: string; apiGroup?: string }[];
  devices?: AllocatedDeviceStatus[];
}

/** `AllocationResult`. */
export interface AllocationResult {
  devices?: { results?: DeviceRequestAllocationResult[]; config?: (DeviceConfig & { source?: string })[] };
  nodeSelector?: NodeSelector;
}

/** What one device is known by, and a share of it. */
export interface DeviceId {
  driver?: string;
  pool?: string;
  device?: string;
  shareID?: string;
}

/** `DeviceRequestAllocationResult`. */
export interface DeviceRequestAllocationResult extends DeviceId, BindingConditions {
  request?: string;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
}

/** `AllocatedDeviceStatus`. */
export interface AllocatedDeviceStatus extends DeviceId {
  conditions?: Condition[];
  data?: unknown;
  networkData?: { interfaceName?: string; hardwareAddress?: string; ips?: string[] };
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
  sharedCounters?: CounterSet[];
}

/** `CounterSet`: what several devices use together. */
export interface CounterSet {
  name?: string;
  counters?: Record<string, unknown>;
}

/** `Device`. */
export interface Device extends BindingConditions {
  name?: string;
  attributes?: Record<string, DeviceAttribute>;
  capacity?: Record<string, DeviceCapacity>;
  consumesCounters?: { counterSet?: string; counters?: Record<string, unknown> }[];
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  taints?: DeviceTaint[];
  allowMultipleAllocations?: boolean;
}

/** `DeviceAttribute`. */
export interface DeviceAttribute {
  int?: number;
  bool?: boolean;
  string?: string;
  version?: string;
  /** These four are alpha. */
  ints?: number[];
  bools?: boolean[];
  strings?: string[];
  versions?: string[];
}

/** `DeviceCapacity`. */
export interface DeviceCapacity {
  value?: string;
  requestPolicy?: CapacityRequestPolicy;
}

/** `CapacityRequestPolicy`. */
export interface CapacityRequestPolicy {
  default?: string;
  validValues?: string[];
  validRange?: CapacityRequestPolicyRange;
}

/** `CapacityRequestPolicyRange`. */
export interface CapacityRequestPolicyRange {
  min?: string;
  max?: string;
  step?: string;
}
