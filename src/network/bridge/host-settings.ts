import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSysctl, writeSysctl } from '../netns/sysctl.ts';

const IPV4_FORWARDING = 'net/ipv4/ip_forward';
const IPV6_FORWARDING = 'net/ipv6/conf/all/forwarding';

/**
 * Kernel parameters of the host that bridges need. What they were before is kept in a file, so that `purge` can put
 * them back; the file dies with the boot, as the parameters do.
 */
export class HostSettings {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Makes the host forward packets. */
  enableForwarding(families: { ipv6: boolean }): void {
    this.#set(IPV4_FORWARDING, '1');
    if (!families.ipv6) return;
    this.#keepRouterAdvertisements();
    this.#set(IPV6_FORWARDING, '1');
  }

  /** Puts back what `enableForwarding` changed. */
  restore(): void {
    for (const [name, value] of Object.entries(this.#read())) writeSysctl(name, value);
    rmSync(this.#file, { force: true });
  }

  /** A forwarding host ignores router advertisements, and loses its own default route, unless accept_ra is 2. */
  #keepRouterAdvertisements(): void {
    if (readSysctl(IPV6_FORWARDING) !== '0') return;
    for (const name of readdirSync('/proc/sys/net/ipv6/conf')) {
      const setting = `net/ipv6/conf/${name}/accept_ra`;
      if (!['all', 'default', 'lo'].includes(name) && readSysctl(setting) === '1') this.#set(setting, '2');
    }
  }

  #set(name: string, value: string): void {
    const before = readSysctl(name);
    if (before === undefined || before === value) return;
    const kept = this.#read();
    if (!(name in kept)) this.#write({ ...kept, [name]: before });
    writeSysctl(name, value);
  }

  #read(): Record<string, string> {
    return existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, 'utf8')) : {};
  }

  #write(kept: Record<string, string>): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(kept));
  }
}
