/**
 * How the lists of built-in kinds merge: facts of the API that only upstream's source and documents say. Everything
 * not named here is atomic for server-side apply and is replaced by a strategic merge patch. Keys are
 * `package.Type.field`, in every version.
 */
export interface ListFact {
  readonly type: 'atomic' | 'set' | 'map';
  /** `x-kubernetes-list-map-keys`. */
  readonly keys?: readonly string[];
  /** `x-kubernetes-patch-strategy`. */
  readonly strategy?: string;
  /** `x-kubernetes-patch-merge-key`. */
  readonly mergeKey?: string;
}

const set: ListFact = { type: 'set' };

/** Server-side apply merges items by all keys; a strategic merge patch by the first. */
function merged(...keys: string[]): ListFact {
  return { type: 'map', keys, strategy: 'merge', ...(keys[0] === undefined ? {} : { mergeKey: keys[0] }) };
}

/** As `merged`; an item that comes in a patch keeps only the patch's own fields of a union, with `$retainKeys`. */
function retaining(key: string): ListFact {
  return { ...merged(key), strategy: 'merge,retainKeys' };
}

/** Server-side apply merges items by the keys; a strategic merge patch replaces the list. */
function keyed(...keys: string[]): ListFact {
  return { type: 'map', keys };
}

/** A strategic merge patch merges; server-side apply sees one value. */
function patched(mergeKey: string): ListFact {
  return { type: 'atomic', strategy: 'merge', mergeKey };
}

const conditions = merged('type');

export const LISTS: Readonly<Record<string, ListFact>> = {
  'admissionregistration.MutatingAdmissionPolicySpec.matchConditions': merged('name'),
  'admissionregistration.MutatingWebhook.matchConditions': merged('name'),
  'admissionregistration.MutatingWebhookConfiguration.webhooks': merged('name'),
  'admissionregistration.ValidatingAdmissionPolicyBindingSpec.validationActions': set,
  'admissionregistration.ValidatingAdmissionPolicySpec.matchConditions': merged('name'),
  'admissionregistration.ValidatingAdmissionPolicySpec.variables': merged('name'),
  'admissionregistration.ValidatingAdmissionPolicyStatus.conditions': keyed('type'),
  'admissionregistration.ValidatingWebhook.matchConditions': merged('name'),
  'admissionregistration.ValidatingWebhookConfiguration.webhooks': merged('name'),

  'apiextensions.CustomResourceDefinitionStatus.conditions': keyed('type'),
  'apiextensions.JSONSchemaProps.x-kubernetes-validations': merged('rule'),
  'apiregistration.APIServiceStatus.conditions': conditions,

  'apiserverinternal.ServerStorageVersion.decodableVersions': set,
  'apiserverinternal.ServerStorageVersion.servedVersions': set,
  'apiserverinternal.StorageVersionStatus.conditions': keyed('type'),
  'apiserverinternal.StorageVersionStatus.storageVersions': keyed('apiServerID'),

  'apps.DaemonSetStatus.conditions': conditions,
  'apps.DeploymentStatus.conditions': conditions,
  'apps.ReplicaSetStatus.conditions': conditions,
  'apps.StatefulSetStatus.conditions': conditions,
  'autoscaling.HorizontalPodAutoscalerStatus.conditions': conditions,

  'batch.JobStatus.conditions': patched('type'),
  'batch.PodFailurePolicyOnExitCodesRequirement.values': set,
  'batch.UncountedTerminatedPods.failed': set,
  'batch.UncountedTerminatedPods.succeeded': set,

  'certificates.CertificateSigningRequestStatus.conditions': keyed('type'),
  'certificates.PodCertificateRequestStatus.conditions': conditions,

  'core.ComponentStatus.conditions': conditions,
  'core.Container.env': merged('name'),
  'core.Container.ports': merged('containerPort', 'protocol'),
  'core.Container.volumeDevices': merged('devicePath'),
  'core.Container.volumeMounts': merged('mountPath'),
  'core.ContainerRestartRuleOnExitCodes.values': set,
  'core.ContainerStatus.allocatedResourcesStatus': merged('name'),
  'core.ContainerStatus.volumeMounts': merged('mountPath'),
  'core.EphemeralContainer.env': merged('name'),
  'core.EphemeralContainer.ports': merged('containerPort', 'protocol'),
  'core.EphemeralContainer.volumeDevices': merged('devicePath'),
  'core.EphemeralContainer.volumeMounts': merged('mountPath'),
  'core.NamespaceStatus.conditions': conditions,
  'core.NodeAllocatableResourceClaimStatus.containers': set,
  'core.NodeSpec.podCIDRs': { type: 'set', strategy: 'merge' },
  'core.NodeStatus.addresses': merged('type'),
  'core.NodeStatus.conditions': conditions,
  'core.PersistentVolumeClaimStatus.conditions': conditions,
  'core.PodSpec.containers': merged('name'),
  'core.PodSpec.ephemeralContainers': merged('name'),
  'core.PodSpec.hostAliases': merged('ip'),
  'core.PodSpec.imagePullSecrets': merged('name'),
  'core.PodSpec.initContainers': merged('name'),
  'core.PodSpec.resourceClaims': retaining('name'),
  'core.PodSpec.schedulingGates': merged('name'),
  'core.PodSpec.topologySpreadConstraints': merged('topologyKey', 'whenUnsatisfiable'),
  'core.PodSpec.volumes': retaining('name'),
  'core.PodStatus.conditions': conditions,
  'core.PodStatus.hostIPs': patched('ip'),
  'core.PodStatus.podIPs': merged('ip'),
  'core.PodStatus.resourceClaimStatuses': retaining('name'),
  'core.ReplicationControllerStatus.conditions': conditions,
  'core.ResourceRequirements.claims': keyed('name'),
  'core.ResourceStatus.resources': keyed('resourceID'),
  'core.ServiceAccount.secrets': merged('name'),
  'core.ServiceSpec.ports': merged('port', 'protocol'),
  'core.ServiceStatus.conditions': conditions,

  'discovery.Endpoint.addresses': set,

  'flowcontrol.FlowSchemaStatus.conditions': conditions,
  'flowcontrol.NonResourcePolicyRule.nonResourceURLs': set,
  'flowcontrol.NonResourcePolicyRule.verbs': set,
  'flowcontrol.PriorityLevelConfigurationStatus.conditions': conditions,
  'flowcontrol.ResourcePolicyRule.apiGroups': set,
  'flowcontrol.ResourcePolicyRule.namespaces': set,
  'flowcontrol.ResourcePolicyRule.resources': set,
  'flowcontrol.ResourcePolicyRule.verbs': set,

  'meta.ObjectMeta.finalizers': { type: 'set', strategy: 'merge' },
  'meta.ObjectMeta.ownerReferences': merged('uid'),

  'networking.ServiceCIDRStatus.conditions': conditions,
  'policy.PodDisruptionBudgetStatus.conditions': conditions,

  'resource.AllocatedDeviceStatus.conditions': keyed('type'),
  'resource.DeviceTaintRuleStatus.conditions': conditions,
  'resource.ResourceClaimStatus.devices': keyed('driver', 'device', 'pool', 'shareID'),
  'resource.ResourceClaimStatus.reservedFor': merged('uid'),
  'resource.ResourcePoolStatusRequestStatus.conditions': conditions,

  'scheduling.PodGroupSpec.resourceClaims': retaining('name'),
  'scheduling.PodGroupStatus.conditions': conditions,
  'scheduling.PodGroupStatus.resourceClaimStatuses': retaining('name'),
  'scheduling.PodGroupTemplate.resourceClaims': retaining('name'),
  'scheduling.WorkloadSpec.podGroupTemplates': keyed('name'),

  'storage.CSIDriverSpec.volumeLifecycleModes': set,
  'storage.CSINodeSpec.drivers': merged('name'),
  'storagemigration.StorageVersionMigrationStatus.conditions': conditions,
};

/** Lists that say nothing of how they merge, besides the items of the API's own lists. */
export const SILENT_LISTS: ReadonlySet<string> = new Set(['meta.APIResource.verbs']);
