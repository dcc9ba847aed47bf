import type { ModelField } from './models.ts';
import type { Placed, PlacedModel } from './packages.ts';

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const RAW = 'io.k8s.apimachinery.pkg.runtime.RawExtension';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Fields that hold quantities, which the models show as plain strings: by `Type.field`, in every version. */
const QUANTITIES = new Set(
  `CSIStorageCapacity.capacity CSIStorageCapacity.maximumVolumeSize CapacityRequestPolicy.default
  CapacityRequestPolicy.validValues CapacityRequestPolicyRange.max CapacityRequestPolicyRange.min
  CapacityRequestPolicyRange.step CapacityRequirements.requests ContainerStatus.allocatedResources Counter.value
  DeviceCapacity.value DeviceRequestAllocationResult.consumedCapacity EmptyDirVolumeSource.sizeLimit
  HPAScalingRules.tolerance LimitRangeItem.default LimitRangeItem.defaultRequest LimitRangeItem.max
  LimitRangeItem.maxLimitRequestRatio LimitRangeItem.min MetricTarget.averageValue MetricTarget.value
  MetricValueStatus.averageValue MetricValueStatus.value NodeAllocatableResourceClaimStatus.resources
  NodeAllocatableResourceMapping.allocationMultiplier NodeStatus.allocatable NodeStatus.capacity Overhead.podFixed
  PersistentVolumeClaimStatus.allocatedResources PersistentVolumeClaimStatus.capacity PersistentVolumeSpec.capacity
  PodSpec.overhead PodStatus.allocatedResources ResourceFieldSelector.divisor ResourceQuotaSpec.hard
  ResourceQuotaStatus.hard ResourceQuotaStatus.used ResourceRequirements.limits ResourceRequirements.requests
  VolumeResourceRequirements.limits VolumeResourceRequirements.requests`.split(/\s+/),
);

/** What the models' `any` is, by `Type.field`. */
const ANY: Readonly<Record<string, string>> = {
  'AllocatedDeviceStatus.data': RAW,
  'ControllerRevision.data': RAW,
  'CustomResourceSubresources.status': 'CustomResourceSubresourceStatus',
  'JSONSchemaProps.additionalItems': 'JSONSchemaPropsOrBool',
  'JSONSchemaProps.additionalProperties': 'JSONSchemaPropsOrBool',
  'JSONSchemaProps.default': 'JSON',
  'JSONSchemaProps.dependencies': 'JSONSchemaPropsOrStringArray',
  'JSONSchemaProps.enum': 'JSON',
  'JSONSchemaProps.example': 'JSON',
  'JSONSchemaProps.items': 'JSONSchemaPropsOrArray',
  'ManagedFieldsEntry.fieldsV1': `${META}.FieldsV1`,
  'OpaqueDeviceConfiguration.parameters': RAW,
  'PodGroupSchedulingPolicy.basic': 'BasicSchedulingPolicy',
  'StorageVersion.spec': 'StorageVersionSpec',
  'WatchEvent.object': RAW,
};

/**
 * The type of a field in the structure's notation: `string`, `boolean`, `int32`, `int64`, `double`, `byte`, the name
 * of a definition (short within its own package), `[]T` or `{}T`.
 */
export function typeOf(owner: PlacedModel, field: ModelField, placed: Placed): string {
  const [, list] = /^Array<(.*)>$/.exec(field.type) ?? [];
  if (list !== undefined) return `[]${typeOf(owner, { ...field, type: list }, placed)}`;
  const [, map] = /^{ \[key: string\]: (.*); }$/.exec(field.type) ?? [];
  if (map !== undefined) return `{}${typeOf(owner, { ...field, type: map }, placed)}`;
  return scalarOf(owner, field) ?? referenceTo(owner, field, placed);
}

function scalarOf(owner: PlacedModel, { name, type, format }: ModelField): string | undefined {
  const key = `${owner.name}.${name}`;
  switch (type) {
    case 'any':
      return ANY[key] ?? fail(`${key}: which type is any?`);
    case 'boolean':
      return 'boolean';
    case 'number':
      return format === '' ? fail(`${key}: a number of which format?`) : format;
    case 'Date':
      return `${META}.Time`;
    case 'V1MicroTime':
      return `${META}.MicroTime`;
    case 'IntOrString':
      return 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
    case 'string':
      return QUANTITIES.has(key)
        ? QUANTITY
        : format === '' || format === 'byte'
          ? format || 'string'
          : fail(key + format);
    default:
      return undefined;
  }
}

function referenceTo(owner: PlacedModel, { name, type }: ModelField, placed: Placed): string {
  const target = placed.byModel.get(type);
  if (target === undefined) return fail(`${owner.name}.${name}: ${type} is no model`);
  return target.package === owner.package ? target.name : `${target.package.name}.${target.name}`;
}

function fail(message: string): never {
  throw new Error(message);
}
