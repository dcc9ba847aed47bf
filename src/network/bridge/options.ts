import { isIP } from 'node:net';
import { HakoError } from '#base';

/** What a bridge network's options say, with defaults filled in. */
export interface BridgeSettings {
  /** Interface name that the user chose, or empty. */
  bridgeName: string;
  /** Containers of the network reach each other. */
  isInterContainer: boolean;
  isMasqueraded: boolean;
  /** Host address for published ports that name none; empty means all. */
  hostBindingIPv4: string;
  /** 0 means: as the host's way out. */
  mtu: number;
}

const PREFIX = 'com.docker.network.';

/** Reads the driver options that Docker's bridge driver knows; throws `invalid` for values that make no sense. Others are kept and ignored. */
export function readBridgeOptions(options: Record<string, string>): BridgeSettings {
  return {
    bridgeName: readName(options[`${PREFIX}bridge.name`] ?? ''),
    isInterContainer: readBoolean(options, 'bridge.enable_icc'),
    isMasqueraded: readBoolean(options, 'bridge.enable_ip_masquerade'),
    hostBindingIPv4: readAddress(options[`${PREFIX}bridge.host_binding_ipv4`] ?? ''),
    mtu: readMtu(options[`${PREFIX}driver.mtu`] ?? ''),
  };
}

function readName(name: string): string {
  if (name === '' || isInterfaceName(name)) return name;
  throw new HakoError(
    'invalid',
    `${PREFIX}bridge.name "${name}": an interface name has 1 to 15 letters, digits, or . _ -`,
  );
}

/** True for names that the kernel takes for interfaces and that need no quoting anywhere. */
export function isInterfaceName(name: string): boolean {
  return /^[A-Za-z0-9_][\w.-]{0,14}$/.test(name);
}

function readBoolean(options: Record<string, string>, name: string): boolean {
  const value = options[PREFIX + name] ?? '';
  if (['', 'true', '1', 't', 'T', 'TRUE', 'True'].includes(value)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value)) return false;
  throw new HakoError('invalid', `${PREFIX}${name}: "${value}" is neither true nor false`);
}

function readAddress(text: string): string {
  if (text === '' || isIP(text) === 4) return text;
  throw new HakoError('invalid', `${PREFIX}bridge.host_binding_ipv4: "${text}" is not an IPv4 address`);
}

function readMtu(text: string): number {
  if (text === '') return 0;
  const mtu = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (mtu === 0 || (mtu >= 68 && mtu <= 65535)) return mtu;
  throw new HakoError('invalid', `${PREFIX}driver.mtu: "${text}" is not between 68 and 65535`);
}
