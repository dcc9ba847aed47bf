import { posix } from 'node:path';
import { HakoError } from '#base';
import type { MountPoint } from '../contract.ts';

/** What `-v` said, before volumes are made. `name` is empty for a bind mount and for an anonymous volume. */
export type WantedMount = Omit<MountPoint, 'driver'> & { noCopy: boolean; createSource: boolean };

const PROPAGATIONS = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);
const ACCEPTED = new Set(['ro', 'rw', 'z', 'Z', 'nocopy', 'consistent', 'cached', 'delegated', 'U']);

/** Parses `[SOURCE:]TARGET[:OPTIONS]` of `-v` and `HostConfig.Binds`; throws `invalid` with what is wrong. */
export function parseBind(text: string): WantedMount {
  const parts = text.split(':');
  if (parts.length > 3) throw malformed(text, 'write SOURCE:TARGET[:OPTIONS]');
  const [source, target, mode] = parts.length === 1 ? ['', parts[0], ''] : [parts[0], parts[1], parts[2] ?? ''];
  if (parts.length > 1 && !source) throw malformed(text, 'empty section between colons');
  const isBind = source?.startsWith('/') ?? false;
  const options = parseMode(text, mode ?? '');
  return {
    type: isBind ? 'bind' : 'volume',
    name: isBind ? '' : (source ?? ''),
    source: isBind ? posix.normalize(source ?? '') : '',
    destination: checkedTarget(target ?? ''),
    mode: mode ?? '',
    readWrite: !options.has('ro'),
    propagation: [...options].find((option) => PROPAGATIONS.has(option)) ?? (isBind ? 'rprivate' : ''),
    noCopy: options.has('nocopy'),
    createSource: isBind,
  };
}

function parseMode(text: string, mode: string): Set<string> {
  const options = mode.split(',').filter(Boolean);
  const unknown = options.find((option) => !ACCEPTED.has(option) && !PROPAGATIONS.has(option));
  if (unknown !== undefined) throw malformed(text, `invalid mode: ${unknown}`);
  if (options.includes('ro') && options.includes('rw')) throw malformed(text, 'it cannot be both ro and rw');
  return new Set(options);
}

function malformed(text: string, why: string): HakoError {
  return new HakoError('invalid', `invalid volume specification: '${text}': ${why}`);
}

/** A mount's place in the container: absolute, normalised, not the root. */
export function checkedTarget(target: string): string {
  if (!target.startsWith('/')) {
    throw new HakoError('invalid', `invalid mount path: '${target}' mount path must be absolute`);
  }
  const normal = posix.normalize(target).replace(/(.)\/+$/, '$1');
  if (normal === '/') throw new HakoError('invalid', `invalid specification: destination can't be '/'`);
  return normal;
}
