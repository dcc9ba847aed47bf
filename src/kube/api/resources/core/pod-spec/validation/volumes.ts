import { dnsLabelErrors, dnsSubdomainErrors, FieldErrors, type Path } from '../../../../values/mod.ts';
import type { Volume } from '../volume-types.ts';
import { validateVolumeSources } from './volume-sources.ts';

const NO_VOLUMES: ReadonlyMap<string, Volume> = new Map();

/** Complaints about the volumes of a pod. Gives those that are sound, which mounts may refer to. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  podName: string,
  isPod: boolean,
  path: Path,
  errors: FieldErrors,
): ReadonlyMap<string, Volume> {
  if (volumes === undefined || volumes.length === 0) return NO_VOLUMES;
  const sound = new Map<string, Volume>();
  for (let i = 0; i < volumes.length; i++) {
    const volume = volumes[i];
    if (volume === undefined) continue;
    const { name = '' } = volume;
    const at = path.index(i);
    const own = new FieldErrors();
    validateVolumeSources(volume, isPod, at, own);
    if (name === '') own.required(at.child('name'));
    else own.invalidEach(at.child('name'), name, dnsLabelErrors(name));
    if (sound.has(name)) own.duplicate(at.child('name'), name);
    if (volume.ephemeral !== undefined) validateClaimName(podName, name, at, own);
    if (own.list.length === 0) sound.set(name, volume);
    else errors.list.push(...own.list);
    validateNotOwnClaim(volume, volumes, podName, at, errors);
  }
  return sound;
}

/** The claim of an ephemeral volume is named after pod and volume. */
function validateClaimName(podName: string, name: string, path: Path, errors: FieldErrors): void {
  if (podName === '' || name === '') return;
  const claim = `${podName}-${name}`;
  for (const problem of dnsSubdomainErrors(claim))
    errors.invalid(path.child('name'), name, `PVC name "${claim}": ${problem}`);
}

function validateNotOwnClaim(
  { persistentVolumeClaim }: Volume,
  volumes: readonly Volume[],
  podName: string,
  path: Path,
  errors: FieldErrors,
): void {
  const claim = persistentVolumeClaim?.claimName;
  if (claim === undefined || podName === '') return;
  if (volumes.some(({ ephemeral, name }) => ephemeral !== undefined && `${podName}-${name}` === claim)) {
    const detail = 'must not reference a PVC that gets created for an ephemeral volume';
    errors.invalid(path.child('persistentVolumeClaim').child('claimName'), claim, detail);
  }
}
