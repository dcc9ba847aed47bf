import type { FieldErrors, Path } from '../../../values/mod.ts';

const ABBREVIATIONS = new Map([
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]);
const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** `RWO,ROX`, each once, as kubectl prints them. */
export function shortAccessModes(modes: readonly string[] | undefined): string {
  return [...ABBREVIATIONS]
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

/** Complains about modes that don't exist, and company of the one that must be alone. */
export function validateAccessModes(modes: readonly string[], path: Path, errors: FieldErrors): void {
  for (const mode of modes) if (!MODES.includes(mode)) errors.notSupported(path, mode, MODES);
  const others = modes.filter((mode) => MODES.includes(mode) && mode !== 'ReadWriteOncePod');
  if (modes.includes('ReadWriteOncePod') && others.length > 0)
    errors.forbidden(path, 'may not use ReadWriteOncePod with other access modes');
}

/** Block or Filesystem. */
export function validateVolumeMode(mode: string | undefined, path: Path, errors: FieldErrors): void {
  const modes = ['Block', 'Filesystem'];
  if (mode !== undefined && !modes.includes(mode)) errors.notSupported(path, mode, modes);
}
