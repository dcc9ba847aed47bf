import { HakoError } from '#base';

const KNOWN = new Set(['type', 'device', 'o', 'size']);
/** What an option needs beside it. */
const NEEDS: Record<string, readonly string[]> = { device: ['type'], type: ['device'], o: ['device', 'type'] };

/** A file system that is mounted on the volume's folder while a container uses it. */
export interface VolumeMount {
  type: string;
  device: string;
  /** As in mount(8), joined by commas. */
  options: string;
}

/** Throws `invalid`, in Docker's words, unless the local driver understands `options`. */
export function validateVolumeOptions(options: Record<string, string>): void {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw new HakoError('invalid', `invalid option: "${name}"`);
    for (const needed of NEEDS[name] ?? []) {
      if (options[needed] === undefined) throw new HakoError('invalid', `missing required option: "${needed}"`);
    }
  }
  if (options.size !== undefined) throw new HakoError('invalid', 'quota size requested but no quota support');
}

/** What the options ask to be mounted; undefined for a plain folder. */
export function volumeMount(options: Record<string, string>): VolumeMount | undefined {
  const { type, device, o = '' } = options;
  if (type === undefined || device === undefined || (type === '' && device === '')) return undefined;
  return { type, device, options: o };
}
