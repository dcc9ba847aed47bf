/**
 * The defaults that OpenAPI shows and by which server-side apply completes the keys of lists: `package.Type.field`.
 * Required scalars have their zero value besides (see `zeroDefault`). What else is defaulted, the strategies of the
 * resources do.
 */
export const DEFAULTS: Readonly<Record<string, string | number | boolean>> = {
  'autoscaling.v1.ScaleSpec.replicas': 0,
  'certificates.v1beta1.PodCertificateRequestSpec.maxExpirationSeconds': 86400,
  'core.AzureDiskVolumeSource.cachingMode': 'ReadWrite',
  'core.AzureDiskVolumeSource.fsType': 'ext4',
  'core.AzureDiskVolumeSource.kind': 'Shared',
  'core.AzureDiskVolumeSource.readOnly': false,
  'core.ContainerPort.protocol': 'TCP',
  'core.FileKeySelector.optional': false,
  'core.GRPCAction.service': '',
  'core.ISCSIPersistentVolumeSource.iscsiInterface': 'default',
  'core.ISCSIVolumeSource.iscsiInterface': 'default',
  'core.LocalObjectReference.name': '',
  'core.RBDPersistentVolumeSource.keyring': '/etc/ceph/keyring',
  'core.RBDPersistentVolumeSource.pool': 'rbd',
  'core.RBDPersistentVolumeSource.user': 'admin',
  'core.RBDVolumeSource.keyring': '/etc/ceph/keyring',
  'core.RBDVolumeSource.pool': 'rbd',
  'core.RBDVolumeSource.user': 'admin',
  'core.ReplicationControllerSpec.minReadySeconds': 0,
  'core.ReplicationControllerSpec.replicas': 1,
  'core.ScaleIOPersistentVolumeSource.fsType': 'xfs',
  'core.ScaleIOPersistentVolumeSource.storageMode': 'ThinProvisioned',
  'core.ScaleIOVolumeSource.fsType': 'xfs',
  'core.ScaleIOVolumeSource.storageMode': 'ThinProvisioned',
  'core.ServicePort.protocol': 'TCP',
  'resource.DeviceToleration.operator': 'Equal',
  'resource.ResourcePoolStatusRequestSpec.limit': 100,
  'scheduling.PodGroupSpec.disruptionMode': 'Pod',
};

/** The default of a required scalar: Go's zero value, for a field that cannot be absent there. */
export function zeroDefault(type: string): string | number | boolean | undefined {
  switch (type) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
      return 0;
    default:
      return undefined;
  }
}
