import { HakoError } from '#base';
import type { OciDevice, OciDeviceRule } from '../oci-spec.ts';
import type { DeviceInput, SpecInput } from './input.ts';

/** Checks `rwm` letters; empty means all. Throws `invalid`. */
function access(permissions: string, subject: string): string {
  if (permissions === '') return 'rwm';
  if (/^[rwm]{1,3}$/.test(permissions)) return permissions;
  throw new HakoError('invalid', `${subject}: invalid device permissions "${permissions}": use some of r, w and m`);
}

function number(text: string): number | undefined {
  return text === '*' ? undefined : Number(text);
}

/** Parses a rule of `--device-cgroup-rule`: `c 1:3 rwm`, `a *:* rwm`. Throws `invalid`. */
export function parseDeviceRule(rule: string): OciDeviceRule {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(rule);
  if (match === null) {
    throw new HakoError('invalid', `invalid device cgroup rule format: '${rule}': write it like "c 1:3 rwm"`);
  }
  const [, type = 'a', major = '*', minor = '*', letters = 'rwm'] = match;
  const numbers = { major: number(major), minor: number(minor) };
  return compact({ allow: true, type: type as 'a' | 'c' | 'b', ...numbers, access: letters });
}

function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

function toDevice(device: DeviceInput): OciDevice {
  const { type, path, major, minor, fileMode, uid, gid } = device;
  return compact({ type, path, major, minor, fileMode, uid, gid });
}

function toRule(device: DeviceInput): OciDeviceRule[] {
  if (device.type === 'p') return [];
  const { type, major, minor } = device;
  return [{ allow: true, type, major, minor, access: access(device.permissions, device.path) }];
}

/** The user's devices, those of CDI, and for a privileged container the host's; a later one of the same path wins. */
function chosenDevices(input: SpecInput): DeviceInput[] {
  const host = input.security.privileged ? input.host.devices : [];
  const cdi = (input.cdi?.deviceNodes ?? []).map((node) => ({ ...node, permissions: node.permissions ?? '' }));
  const all = [...host, ...cdi, ...(input.devices ?? [])];
  return [...new Map(all.map((device) => [device.path, device])).values()];
}

/**
 * `linux.devices` and `linux.resources.devices`. Everything is denied first; the runtimes themselves allow null, zero,
 * full, random, urandom, tty, console, ptmx and pts (runtime spec, "Default Devices").
 */
export function generateDevices(input: SpecInput): { devices: OciDevice[]; rules: OciDeviceRule[] } {
  const chosen = chosenDevices(input);
  const devices = chosen.map(toDevice);
  if (input.security.privileged) return { devices, rules: [{ allow: true, access: 'rwm' }] };
  const asked = (input.deviceCgroupRules ?? []).map(parseDeviceRule);
  return { devices, rules: [{ allow: false, access: 'rwm' }, ...chosen.flatMap(toRule), ...asked] };
}
