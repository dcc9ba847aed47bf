import type { KubeObject } from '#kube/api';
import type { ResourceList } from '#kube/api/values';

/** `LimitRange`, as far as its rules go. */
export interface LimitRange extends KubeObject {
  spec?: { limits?: LimitRangeItem[] };
}

/** `LimitRangeItem`: the bounds of one type, `Pod`, `Container` or `PersistentVolumeClaim`. */
export interface LimitRangeItem {
  type?: string;
  max?: ResourceList;
  min?: ResourceList;
  default?: ResourceList;
  defaultRequest?: ResourceList;
  maxLimitRequestRatio?: ResourceList;
}
