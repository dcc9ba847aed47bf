import { dnsSubdomainErrors, type FieldErrors, type Path, parseQuantity } from '../../../../values/mod.ts';
import type { KeyToPath, SharedVolumeSources, Volume } from '../volume-types.ts';
import { validateClaimTemplate } from './claim-spec.ts';
import { validateDriverName } from './csi.ts';
import { validateKeyToPath } from './key-to-path.ts';
import { validateLocalPath, validateMode } from './paths.ts';
import { validateDownwardFiles, validateProjected } from './projected.ts';
import { SHARED_SOURCES, validateSharedSource } from './shared-sources.ts';
import { validateRequired } from './supported.ts';

/** Sources in the order in which upstream looks at them: all after the first are one too many. */
const OWN_SOURCES = [
  'gitRepo',
  'secret',
  'persistentVolumeClaim',
  'downwardAPI',
  'configMap',
  'projected',
  'csi',
  'ephemeral',
  'image',
] as const;

type OwnSource = (typeof OWN_SOURCES)[number] | 'emptyDir';

/** Complaints about where a volume's content comes from: exactly one source. */
export function validateVolumeSources(volume: Volume, isPod: boolean, path: Path, errors: FieldErrors): void {
  let isFound = false;
  const take = (field: string): boolean => {
    if (!isFound) {
      isFound = true;
      return true;
    }
    errors.forbidden(path.child(field), 'may not specify more than 1 volume type');
    return false;
  };
  if (volume.emptyDir !== undefined && take('emptyDir')) validateOwn('emptyDir', volume, isPod, path, errors);
  for (const field of OWN_SOURCES)
    if (volume[field] !== undefined && take(field)) validateOwn(field, volume, isPod, path.child(field), errors);
  // Most volumes are of the few sources above.
  if (!isFound || hasMore(volume)) {
    for (const field of SHARED_SOURCES)
      if (volume[field] !== undefined && take(field)) validateShared(field, volume, path, errors);
  }
  if (!isFound) errors.required(path, 'must specify a volume type');
}

/** A name and one source are two fields. */
function hasMore(volume: Volume): boolean {
  return Object.keys(volume).length > 2;
}

function validateShared(field: keyof SharedVolumeSources, volume: Volume, path: Path, errors: FieldErrors): void {
  validateSharedSource(field, volume, path, errors);
  const { iscsi, name = '' } = volume;
  if (field === 'iscsi' && iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal}`.length > 64) {
    const limit = 'must be under 64 characters if iscsi.initiatorName is specified.';
    errors.invalid(path.child('name'), name, `Total length of <volume name>:<iscsi.targetPortal> ${limit}`);
  }
}

function validateOwn(field: OwnSource, volume: Volume, isPod: boolean, path: Path, errors: FieldErrors): void {
  switch (field) {
    case 'emptyDir':
      validateSizeLimit(volume.emptyDir?.sizeLimit, path.child('emptyDir'), errors);
      break;
    case 'gitRepo':
      if ((volume.gitRepo?.repository ?? '') === '') errors.required(path.child('repository'));
      validateLocalPath(volume.gitRepo?.directory ?? '', path.child('directory'), errors);
      break;
    case 'secret':
      if ((volume.secret?.secretName ?? '') === '') errors.required(path.child('secretName'));
      validateItems(volume.secret, path, errors);
      break;
    case 'configMap':
      if ((volume.configMap?.name ?? '') === '') errors.required(path.child('name'));
      validateItems(volume.configMap, path, errors);
      break;
    case 'persistentVolumeClaim':
      if ((volume.persistentVolumeClaim?.claimName ?? '') === '') errors.required(path.child('claimName'));
      break;
    case 'downwardAPI':
      validateMode(volume.downwardAPI?.defaultMode, path.child('defaultMode'), errors);
      validateDownwardFiles(volume.downwardAPI?.items ?? [], path, errors);
      break;
    case 'projected':
      if (volume.projected !== undefined) validateProjected(volume.projected, path, errors);
      break;
    case 'csi':
      validateCsi(volume.csi, path, errors);
      break;
    case 'ephemeral':
      validateClaimTemplate(volume.ephemeral?.volumeClaimTemplate, path.child('volumeClaimTemplate'), errors);
      break;
    case 'image':
      if (isPod && (volume.image?.reference ?? '') === '') errors.required(path.child('reference'));
      validateRequired(volume.image?.pullPolicy, PULL_POLICIES, path.child('pullPolicy'), errors);
  }
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

function validateSizeLimit(text: string | undefined, path: Path, errors: FieldErrors): void {
  if (text === undefined) return;
  const amount = parseQuantity(text);
  if (amount === undefined || amount.nanos < 0n)
    errors.forbidden(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity');
}

function validateItems(
  source: { readonly items?: readonly KeyToPath[]; readonly defaultMode?: number } | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  validateMode(source?.defaultMode, path.child('defaultMode'), errors);
  source?.items?.forEach((item, i) => {
    validateKeyToPath(item, path.child('items').index(i), errors);
  });
}

function validateCsi(source: Volume['csi'], path: Path, errors: FieldErrors): void {
  validateDriverName(source?.driver ?? '', path.child('driver'), errors);
  const { nodePublishSecretRef } = source ?? {};
  if (nodePublishSecretRef === undefined) return;
  const { name = '' } = nodePublishSecretRef;
  if (name === '') errors.required(path.child('nodePublishSecretRef').child('name'));
  else errors.invalidEach(path.child('name'), name, dnsSubdomainErrors(name));
}
