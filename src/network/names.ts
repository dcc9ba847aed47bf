import { createHash, randomBytes } from 'node:crypto';
import { HakoError } from '#base';

/** The instance that has the default folders. */
const MAIN_INSTANCE = 'hako';

/**
 * The names by which an instance's objects on the host are told from those of other instances and programs.
 * An interface name has at most 15 characters (IFNAMSIZ), so the instance is a tag of five hexadecimal digits in it.
 */
export class HostNames {
  readonly instance: string;
  readonly #tag: string;

  constructor(instance: string) {
    if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(instance)) {
      throw new HakoError('invalid', `instance "${instance}": use up to 40 lower-case letters, digits and hyphens`);
    }
    this.instance = instance;
    this.#tag = createHash('sha256').update(instance).digest('hex').slice(0, 5);
  }

  /** The nftables table: named as the instance, with `hako-` before it where it does not begin so. */
  get table(): string {
    return this.instance.startsWith('hako') ? this.instance : `hako-${this.instance}`;
  }

  /** The interface of the network called `bridge`: `hako0` for the machine's main instance. */
  get defaultBridge(): string {
    return this.instance === MAIN_INSTANCE ? `${MAIN_INSTANCE}0` : `${this.#bridgePrefix}0`;
  }

  /** The interface of a user network. */
  bridge(networkId: string): string {
    return `${this.#bridgePrefix}${networkId.slice(0, 6)}`;
  }

  /** A new name for the host's end of a veth pair. */
  veth(): string {
    return `${this.#vethPrefix}${randomBytes(4).toString('hex')}`;
  }

  /** True for interfaces that this instance named and made. */
  isOurs(interfaceName: string): boolean {
    return interfaceName.startsWith(this.#bridgePrefix) || this.isVeth(interfaceName);
  }

  isVeth(interfaceName: string): boolean {
    return interfaceName.startsWith(this.#vethPrefix) && interfaceName.length === this.#vethPrefix.length + 8;
  }

  /** The alias that marks a bridge as ours whatever its name, and tells people whose it is. */
  bridgeAlias(networkName: string): string {
    return `${this.#aliasPrefix}${networkName}`.slice(0, 255);
  }

  isOurAlias(alias: string): boolean {
    return alias.startsWith(this.#aliasPrefix);
  }

  get #bridgePrefix(): string {
    return `hk${this.#tag}-`;
  }

  get #vethPrefix(): string {
    return `hv${this.#tag}`;
  }

  get #aliasPrefix(): string {
    return `${this.table}: `;
  }
}
