import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** The value of a kernel parameter (`net/ipv4/ip_forward`), or undefined where this kernel has none such. */
export function readSysctl(name: string): string | undefined {
  const path = `/proc/sys/${name}`;
  return existsSync(path) ? readFileSync(path, 'latin1').trim() : undefined;
}

/** Sets a kernel parameter, unless it has that value or this kernel has none such. Acts on the thread's namespace. */
export function writeSysctl(name: string, value: string): void {
  const current = readSysctl(name);
  if (current !== undefined && current !== value) writeFileSync(`/proc/sys/${name}`, value);
}

/** False when the kernel has no IPv6 or it was switched off at boot. */
export function hasIPv6(): boolean {
  return readSysctl('net/ipv6/conf/all/disable_ipv6') === '0';
}
