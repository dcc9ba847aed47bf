/** Types that server-side apply takes as one value: `package.Type`, or `package.version.Type` where versions differ. */
export const ATOMIC_TYPES: ReadonlySet<string> = new Set([
  'admissionregistration.MatchResources',
  'admissionregistration.NamedRuleWithOperations',
  'admissionregistration.ParamKind',
  'admissionregistration.ParamRef',
  'admissionregistration.v1.Variable',
  'admissionregistration.v1beta1.Variable',
  'autoscaling.v1.CrossVersionObjectReference',
  'core.ConfigMapKeySelector',
  'core.EndpointAddress',
  'core.EndpointPort',
  'core.FileKeySelector',
  'core.LocalObjectReference',
  'core.NodeSelector',
  'core.NodeSelectorTerm',
  'core.ObjectFieldSelector',
  'core.ObjectReference',
  'core.ResourceFieldSelector',
  'core.ScopeSelector',
  'core.SecretKeySelector',
  'core.SecretReference',
  'core.TopologySelectorTerm',
  'core.TypedLocalObjectReference',
  'discovery.EndpointPort',
  'meta.LabelSelector',
  'meta.OwnerReference',
  'networking.ServiceBackendPort',
  'rbac.RoleRef',
  'rbac.Subject',
]);

/** What stands at a field that is a map or an object, beside its type or reference: `package.Type.field`. */
export const FIELD_EXTENSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'apiregistration.APIServiceSpec.caBundle': { 'x-kubernetes-list-type': 'atomic' },
  'apps.DeploymentSpec.strategy': { 'x-kubernetes-patch-strategy': 'retainKeys' },
  'core.PersistentVolumeClaimStatus.allocatedResourceStatuses': { 'x-kubernetes-map-type': 'granular' },
  'core.PersistentVolumeSpec.claimRef': { 'x-kubernetes-map-type': 'granular' },
  'core.PodSpec.nodeSelector': { 'x-kubernetes-map-type': 'atomic' },
  'core.ReplicationControllerSpec.selector': { 'x-kubernetes-map-type': 'atomic' },
  'core.ServiceSpec.selector': { 'x-kubernetes-map-type': 'atomic' },
  'node.Scheduling.nodeSelector': { 'x-kubernetes-map-type': 'atomic' },
  'policy.PodDisruptionBudgetSpec.selector': { 'x-kubernetes-patch-strategy': 'replace' },
};

/** A union of fields, one of which may be set (`x-kubernetes-unions`). */
export interface UnionFact {
  readonly discriminator?: string;
  /** The value of the discriminator by field. */
  readonly fields: Readonly<Record<string, string>>;
}

export const UNIONS: Readonly<Record<string, UnionFact>> = {
  'core.AppArmorProfile': { discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } },
  'core.PodSchedulingGroup': { fields: { podGroupName: 'PodGroupName' } },
  'core.SeccompProfile': { discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } },
  'flowcontrol.LimitResponse': { discriminator: 'type', fields: { queuing: 'Queuing' } },
  'flowcontrol.PriorityLevelConfigurationSpec': {
    discriminator: 'type',
    fields: { exempt: 'Exempt', limited: 'Limited' },
  },
  'flowcontrol.Subject': {
    discriminator: 'kind',
    fields: { group: 'Group', serviceAccount: 'ServiceAccount', user: 'User' },
  },
  'scheduling.PodGroupSchedulingPolicy': { fields: { basic: 'Basic', gang: 'Gang' } },
  'scheduling.PodGroupTemplateReference': { fields: { workload: 'Workload' } },
};
