import type { ObjectMeta } from '../../../object.ts';
import type { LabelSelector } from '../../../selector/mod.ts';
import type { ResourceList } from '../../../values/mod.ts';
import type { NodeSelector, ObjectFieldSelector, ResourceFieldSelector, ResourceRequirements } from './types.ts';

/** `LocalObjectReference`, or `SecretReference` where a namespace is due. */
export interface SecretReference {
  name?: string;
  namespace?: string;
}

/** `Volume`: a name and one of the sources. */
export interface Volume extends SharedVolumeSources {
  name?: string;
  emptyDir?: { medium?: string; sizeLimit?: string };
  gitRepo?: { repository?: string; revision?: string; directory?: string };
  secret?: { secretName?: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean };
  configMap?: { name?: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean };
  persistentVolumeClaim?: { claimName?: string; readOnly?: boolean };
  downwardAPI?: { items?: DownwardApiFile[]; defaultMode?: number };
  projected?: ProjectedSource;
  csi?: { driver?: string; fsType?: string; readOnly?: boolean; nodePublishSecretRef?: SecretReference };
  ephemeral?: { volumeClaimTemplate?: { metadata?: ObjectMeta; spec?: PersistentVolumeClaimSpec } };
  image?: { reference?: string; pullPolicy?: string };
}

/** The sources that both volumes of pods and persistent volumes may have. */
export interface SharedVolumeSources {
  hostPath?: { path?: string; type?: string };
  gcePersistentDisk?: { pdName?: string; partition?: number };
  awsElasticBlockStore?: { volumeID?: string; partition?: number };
  nfs?: { server?: string; path?: string; readOnly?: boolean };
  iscsi?: IscsiSource;
  glusterfs?: { endpoints?: string; path?: string; endpointsNamespace?: string };
  rbd?: RbdSource;
  flexVolume?: { driver?: string; fsType?: string; options?: Record<string, string> };
  cinder?: { volumeID?: string; secretRef?: SecretReference };
  cephfs?: { monitors?: string[]; secretRef?: SecretReference };
  flocker?: { datasetName?: string; datasetUUID?: string };
  fc?: { targetWWNs?: string[]; wwids?: string[]; lun?: number };
  azureFile?: { secretName?: string; shareName?: string; secretNamespace?: string | null };
  azureDisk?: AzureDiskSource;
  vsphereVolume?: { volumePath?: string };
  quobyte?: { registry?: string; volume?: string; tenant?: string };
  photonPersistentDisk?: { pdID?: string };
  portworxVolume?: { volumeID?: string };
  scaleIO?: ScaleIoSource;
  storageos?: { volumeName?: string; volumeNamespace?: string; secretRef?: SecretReference };
}

/** `ISCSIVolumeSource`. */
export interface IscsiSource {
  targetPortal?: string;
  iqn?: string;
  lun?: number;
  iscsiInterface?: string;
  chapAuthDiscovery?: boolean;
  chapAuthSession?: boolean;
  secretRef?: SecretReference;
  initiatorName?: string;
}

/** `RBDVolumeSource`. */
export interface RbdSource {
  monitors?: string[];
  image?: string;
  pool?: string;
  user?: string;
  keyring?: string;
}

/** `AzureDiskVolumeSource`. */
export interface AzureDiskSource {
  diskName?: string;
  diskURI?: string;
  cachingMode?: string;
  kind?: string;
  fsType?: string;
  readOnly?: boolean;
}

/** `ScaleIOVolumeSource`. */
export interface ScaleIoSource {
  gateway?: string;
  system?: string;
  volumeName?: string;
  storageMode?: string;
  fsType?: string;
}

/** `KeyToPath`. */
export interface KeyToPath {
  key?: string;
  path?: string;
  mode?: number;
}

/** `DownwardAPIVolumeFile`. */
export interface DownwardApiFile {
  path?: string;
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
  mode?: number;
}

/** `ProjectedVolumeSource`. */
export interface ProjectedSource {
  sources?: VolumeProjection[];
  defaultMode?: number;
}

/** `VolumeProjection`. */
export interface VolumeProjection {
  secret?: { name?: string; items?: KeyToPath[]; optional?: boolean };
  configMap?: { name?: string; items?: KeyToPath[]; optional?: boolean };
  downwardAPI?: { items?: DownwardApiFile[] };
  serviceAccountToken?: { audience?: string; expirationSeconds?: number; path?: string };
  clusterTrustBundle?: ClusterTrustBundleProjection;
  podCertificate?: PodCertificateProjection;
}

/** `ClusterTrustBundleProjection`. */
export interface ClusterTrustBundleProjection {
  name?: string;
  signerName?: string;
  labelSelector?: LabelSelector;
  optional?: boolean;
  path?: string;
}

/** `PodCertificateProjection`. */
export interface PodCertificateProjection {
  signerName?: string;
  keyType?: string;
  maxExpirationSeconds?: number;
  credentialBundlePath?: string;
  keyPath?: string;
  certificateChainPath?: string;
}

/** `PersistentVolumeClaimSpec`. */
export interface PersistentVolumeClaimSpec {
  accessModes?: string[];
  selector?: LabelSelector;
  resources?: ResourceRequirements;
  volumeName?: string;
  storageClassName?: string;
  volumeMode?: string;
  dataSource?: DataSource;
  dataSourceRef?: DataSource & { namespace?: string };
  volumeAttributesClassName?: string;
}

/** `TypedLocalObjectReference`. */
export interface DataSource {
  apiGroup?: string;
  kind?: string;
  name?: string;
}

/** `PersistentVolumeSpec`. */
export interface PersistentVolumeSpec extends SharedVolumeSources {
  capacity?: ResourceList;
  accessModes?: string[];
  claimRef?: Record<string, unknown>;
  persistentVolumeReclaimPolicy?: string;
  storageClassName?: string;
  mountOptions?: string[];
  volumeMode?: string;
  nodeAffinity?: { required?: NodeSelector };
  volumeAttributesClassName?: string;
  local?: { path?: string; fsType?: string };
  csi?: PersistentCsiSource;
}

/** `CSIPersistentVolumeSource`. */
export interface PersistentCsiSource {
  driver?: string;
  volumeHandle?: string;
  controllerPublishSecretRef?: SecretReference;
  controllerExpandSecretRef?: SecretReference;
  nodeStageSecretRef?: SecretReference;
  nodePublishSecretRef?: SecretReference;
  nodeExpandSecretRef?: SecretReference;
}
