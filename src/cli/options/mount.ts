/** `--mount type=bind,src=/a,dst=/b,readonly`. */
import { parseBoolean } from '../args/flags.ts';
import { UsageError } from '../errors.ts';
import { parseCsv, parseSize, splitPair } from './values.ts';

/** A mount as the API's `Mount` has it. */
export interface MountBody {
  Type: string;
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: Record<string, unknown>;
  VolumeOptions?: {
    Labels?: Record<string, string>;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  } & Record<string, unknown>;
  TmpfsOptions?: Record<string, unknown>;
  ImageOptions?: Record<string, unknown>;
}

type Setter = (mount: MountBody, value: string) => void;

const source: Setter = (mount, value) => {
  mount.Source = value;
};
const target: Setter = (mount, value) => {
  mount.Target = value;
};
const readOnly: Setter = (mount, value) => {
  mount.ReadOnly = value === '' || parseBoolean(value);
};
const bind =
  (key: string, parse: (value: string) => unknown = (value) => value): Setter =>
  (mount, value) => {
    mount.BindOptions = { ...mount.BindOptions, [key]: parse(value) };
  };
const tmpfs =
  (key: string, parse: (value: string) => unknown): Setter =>
  (mount, value) => {
    mount.TmpfsOptions = { ...mount.TmpfsOptions, [key]: parse(value) };
  };
const flag = (value: string) => value === '' || parseBoolean(value);

const SETTERS: Readonly<Record<string, Setter>> = {
  type: (mount, value) => {
    mount.Type = value.toLowerCase();
  },
  source,
  src: source,
  target,
  dst: target,
  destination: target,
  readonly: readOnly,
  ro: readOnly,
  consistency: (mount, value) => {
    mount.Consistency = value;
  },
  'bind-propagation': bind('Propagation'),
  'bind-nonrecursive': bind('NonRecursive', flag),
  'bind-create-src': bind('CreateMountpoint', flag),
  'bind-recursive': bindRecursive,
  'volume-nocopy': (mount, value) => {
    mount.VolumeOptions = { ...mount.VolumeOptions, NoCopy: flag(value) };
  },
  'volume-subpath': (mount, value) => {
    mount.VolumeOptions = { ...mount.VolumeOptions, Subpath: value };
  },
  'volume-label': (mount, value) => {
    const [key, label] = splitPair(value);
    mount.VolumeOptions = { ...mount.VolumeOptions, Labels: { ...mount.VolumeOptions?.Labels, [key]: label } };
  },
  'volume-driver': (mount, value) => {
    mount.VolumeOptions = {
      ...mount.VolumeOptions,
      DriverConfig: { ...mount.VolumeOptions?.DriverConfig, Name: value },
    };
  },
  'volume-opt': (mount, value) => {
    const [key, option] = splitPair(value);
    const driver = mount.VolumeOptions?.DriverConfig;
    mount.VolumeOptions = {
      ...mount.VolumeOptions,
      DriverConfig: { ...driver, Options: { ...driver?.Options, [key]: option } },
    };
  },
  'image-subpath': (mount, value) => {
    mount.ImageOptions = { Subpath: value };
  },
  'tmpfs-size': tmpfs('SizeBytes', parseSize),
  'tmpfs-mode': tmpfs('Mode', (value) => Number.parseInt(value, 8)),
};

/** Parses one --mount. Throws UsageError that names what is wrong. */
export function parseMount(text: string): MountBody {
  const mount: MountBody = { Type: 'volume', Target: '' };
  for (const field of parseCsv(text)) {
    const [key, value] = splitPair(field.trim());
    const name = key.toLowerCase();
    const set = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined;
    if (set === undefined)
      throw new UsageError(`--mount ${text}: unknown key "${key}"; known are ${Object.keys(SETTERS).join(', ')}`);
    set(mount, value);
  }
  return checked(mount, text);
}

function checked(mount: MountBody, text: string): MountBody {
  const fail = (problem: string) => new UsageError(`--mount ${text}: ${problem}`);
  if (!['bind', 'volume', 'tmpfs', 'image'].includes(mount.Type))
    throw fail('type must be bind, volume, tmpfs or image');
  if (mount.Target === '') throw fail('dst is missing: say where to mount it');
  if (mount.Type === 'tmpfs' && mount.Source !== undefined) throw fail('a tmpfs has no src');
  if (['bind', 'image'].includes(mount.Type) && !mount.Source) throw fail(`src is missing: a ${mount.Type} needs one`);
  if (mount.Type !== 'bind' && mount.BindOptions) throw fail('bind options go with type=bind only');
  if (mount.Type !== 'volume' && mount.VolumeOptions) throw fail('volume options go with type=volume only');
  if (mount.Type !== 'tmpfs' && mount.TmpfsOptions) throw fail('tmpfs options go with type=tmpfs only');
  return mount;
}

/** enabled, disabled, writable, readonly: what happens to mounts below the source. */
function bindRecursive(mount: MountBody, value: string): void {
  const options: Record<string, Record<string, boolean>> = {
    enabled: {},
    disabled: { NonRecursive: true },
    writable: { ReadOnlyNonRecursive: true },
    readonly: { ReadOnlyForceRecursive: true },
  };
  const chosen = Object.hasOwn(options, value) ? options[value] : undefined;
  if (chosen === undefined)
    throw new UsageError(`bind-recursive=${value}: write enabled, disabled, writable or readonly`);
  mount.BindOptions = { ...mount.BindOptions, ...chosen };
}
