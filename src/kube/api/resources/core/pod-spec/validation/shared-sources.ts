import { dnsLabelErrors, type FieldErrors, type Path, rangeMessage } from '../../../../values/mod.ts';
import type { AzureDiskSource, IscsiSource, SecretReference, SharedVolumeSources } from '../volume-types.ts';
import { validateNoBacksteps } from './paths.ts';
import { validateOptional } from './supported.ts';

type Source = keyof SharedVolumeSources;
type Check<S extends Source> = (source: NonNullable<SharedVolumeSources[S]>, path: Path, errors: FieldErrors) => void;

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const MAX_PARTITION = 255;
const HOSTS = 'must be a host:port pair or multiple pairs separated by commas';

/** Complains of each text that is missing. */
function requireTexts(source: object, fields: readonly string[], path: Path, errors: FieldErrors): void {
  for (const field of fields) {
    const value = (source as Record<string, unknown>)[field];
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
      errors.required(path.child(field));
  }
}

function requireFields(...fields: readonly string[]): (source: object, path: Path, errors: FieldErrors) => void {
  return (source, path, errors) => requireTexts(source, fields, path, errors);
}

function validatePartition(partition: number | undefined, path: Path, errors: FieldErrors): void {
  if (partition !== undefined && (partition < 0 || partition > MAX_PARTITION))
    errors.invalid(path.child('partition'), partition, rangeMessage(1, MAX_PARTITION));
}

function validateSecret(reference: SecretReference | undefined, path: Path, errors: FieldErrors): void {
  if (reference !== undefined && (reference.name ?? '') === '') errors.required(path.child('secretRef').child('name'));
}

const CHECKS: { readonly [S in Source]-?: Check<S> } = {
  hostPath: ({ path: host = '', type }, path, errors) => {
    if (host === '') errors.required(path.child('path'));
    else validateNoBacksteps(host, path.child('path'), errors);
    validateOptional(type, HOST_PATH_TYPES, path.child('type'), errors);
  },
  gcePersistentDisk: (source, path, errors) => {
    requireTexts(source, ['pdName'], path, errors);
    validatePartition(source.partition, path, errors);
  },
  awsElasticBlockStore: (source, path, errors) => {
    requireTexts(source, ['volumeID'], path, errors);
    validatePartition(source.partition, path, errors);
  },
  nfs: (source, path, errors) => {
    requireTexts(source, ['server', 'path'], path, errors);
    const { path: share = '' } = source;
    if (!share.startsWith('/')) errors.invalid(path.child('path'), share, 'must be an absolute path');
  },
  iscsi: validateIscsi,
  glusterfs: (source, path, errors) => {
    requireTexts(source, ['endpoints', 'path'], path, errors);
    const { endpointsNamespace: namespace } = source;
    if (namespace !== undefined)
      errors.invalidEach(path.child('endpointsNamespace'), namespace, dnsLabelErrors(namespace));
  },
  flocker: ({ datasetName = '', datasetUUID = '' }, path, errors) => {
    if (datasetName === '' && datasetUUID === '')
      errors.required(path, 'one of datasetName and datasetUUID is required');
    if (datasetName !== '' && datasetUUID !== '')
      errors.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
    if (datasetName.includes('/')) errors.invalid(path.child('datasetName'), datasetName, "must not contain '/'");
  },
  rbd: requireFields('monitors', 'image'),
  cinder: (source, path, errors) => {
    requireTexts(source, ['volumeID'], path, errors);
    validateSecret(source.secretRef, path, errors);
  },
  cephfs: requireFields('monitors'),
  quobyte: ({ registry = '', volume = '', tenant = '' }, path, errors) => {
    if (registry === '') errors.required(path.child('registry'), HOSTS);
    else if (tenant.length >= 65)
      errors.required(path.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters');
    else if (!registry.split(',').every((pair) => /^(\[[^\]]*\]|[^:]*):[^:]*$/.test(pair)))
      errors.invalid(path.child('registry'), registry, HOSTS);
    if (volume === '') errors.required(path.child('volume'));
  },
  fc: ({ targetWWNs = [], wwids = [], lun }, path, errors) => {
    const at = path.child('targetWWNs');
    if (targetWWNs.length === 0 && wwids.length === 0)
      errors.required(at, 'must specify either targetWWNs or wwids, but not both');
    if (targetWWNs.length === 0) return;
    if (wwids.length > 0) errors.invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously');
    if (lun === undefined) errors.required(path.child('lun'), 'lun is required if targetWWNs is specified');
    else validateLun(lun, path, errors);
  },
  flexVolume: ({ driver = '', options = {} }, path, errors) => {
    if (driver === '') errors.required(path.child('driver'));
    for (const key of Object.keys(options)) {
      const domain = `.${key.split('/', 1)[0]?.toLowerCase()}`;
      if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io'))
        errors.invalid(path.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved');
    }
  },
  azureFile: requireFields('secretName', 'shareName'),
  azureDisk: validateAzureDisk,
  vsphereVolume: requireFields('volumePath'),
  photonPersistentDisk: requireFields('pdID'),
  portworxVolume: requireFields('volumeID'),
  scaleIO: requireFields('gateway', 'system', 'volumeName'),
  storageos: ({ volumeName = '', volumeNamespace = '', secretRef }, path, errors) => {
    if (volumeName === '') errors.required(path.child('volumeName'));
    else errors.invalidEach(path.child('volumeName'), volumeName, dnsLabelErrors(volumeName));
    if (volumeNamespace !== '')
      errors.invalidEach(path.child('volumeNamespace'), volumeNamespace, dnsLabelErrors(volumeNamespace));
    validateSecret(secretRef, path, errors);
  },
};

/** Sources that pods and persistent volumes may have, in the order of upstream's checks. */
export const SHARED_SOURCES = Object.keys(CHECKS) as readonly Source[];

/** Complaints about one of these sources; `path` is that of the volume. */
export function validateSharedSource(
  field: Source,
  sources: SharedVolumeSources,
  path: Path,
  errors: FieldErrors,
): void {
  // Upstream's path of this one has no cloud in its name.
  const at = path.child(field === 'gcePersistentDisk' ? 'persistentDisk' : field);
  const check = CHECKS[field] as Check<Source>;
  const source = sources[field];
  if (source !== undefined) check(source as never, at, errors);
}

function validateLun(lun: number, path: Path, errors: FieldErrors): void {
  if (lun < 0 || lun > 255) errors.invalid(path.child('lun'), lun, rangeMessage(0, 255));
}

function validateIscsi(source: IscsiSource, path: Path, errors: FieldErrors): void {
  const { iqn = '', lun = 0, initiatorName } = source;
  requireTexts(source, ['targetPortal', 'iqn'], path, errors);
  if (iqn !== '') validateIqn(iqn, path.child('iqn'), errors);
  validateLun(lun, path, errors);
  const needsSecret = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  if (needsSecret && source.secretRef === undefined) errors.required(path.child('secretRef'));
  if (initiatorName !== undefined) validateIqn(initiatorName, path.child('initiatorname'), errors);
}

function validateIqn(name: string, path: Path, errors: FieldErrors): void {
  const kind = name.slice(0, 3);
  const forms = new Map([
    ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/],
    ['eui', /^eui.[A-Za-z0-9]{16}$/],
    ['naa', /^naa.[A-Za-z0-9]{32}$/],
  ]);
  const form = forms.get(kind);
  if (form === undefined) errors.invalid(path, name, 'must be valid format starting with iqn, eui, or naa');
  else if (!form.test(name)) errors.invalid(path, name, 'must be valid format');
}

function validateAzureDisk(source: AzureDiskSource, path: Path, errors: FieldErrors): void {
  const { diskURI = '', cachingMode, kind } = source;
  requireTexts(source, ['diskName', 'diskURI'], path, errors);
  validateOptional(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], path.child('cachingMode'), errors);
  validateOptional(kind, ['Dedicated', 'Managed', 'Shared'], path.child('kind'), errors);
  if (kind === undefined) return;
  const [start, form] =
    kind === 'Managed'
      ? [
          '/subscriptions/',
          '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
        ]
      : ['https://', 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'];
  if (!diskURI.startsWith(start)) errors.notSupported(path.child('diskURI'), diskURI, [form]);
}
