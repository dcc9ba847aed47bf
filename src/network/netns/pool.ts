import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorMessage, log } from '#base';
import { inNetworkNamespace } from '#system';
import { changeLink, NetlinkSocket } from '#system/netlink';
import { pinNewNamespace, unpin } from './pin.ts';

/** A pinned namespace with what is needed to work on it from outside. Disposing closes the handles, not the namespace. */
export interface OpenNamespace extends Disposable {
  path: string;
  fd: number;
  /** An rtnetlink socket inside. */
  netlink: NetlinkSocket;
}

/** Kernel parameters of every container's namespace: Docker's, and no IPv6 on interfaces until a network brings it. */
const SYSCTLS: readonly (readonly [string, string])[] = [
  ['net/ipv4/ip_unprivileged_port_start', '0'],
  ['net/ipv4/ping_group_range', '0 2147483647'],
  ['net/ipv6/conf/default/disable_ipv6', '1'],
  ['net/ipv6/conf/default/accept_ra', '0'],
  ['net/ipv6/conf/default/accept_dad', '0'],
];
const LOOPBACK_INDEX = 1;
const REFILL_DELAY_MS = 20;

/** Opens a pinned namespace. */
export function openNamespace(path: string): OpenNamespace {
  const fd = openSync(path, 'r');
  try {
    return handle(
      path,
      fd,
      inNetworkNamespace(fd, () => new NetlinkSocket()),
    );
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function handle(path: string, fd: number, netlink: NetlinkSocket): OpenNamespace {
  let isOpen = true;
  const dispose = () => {
    if (!isOpen) return;
    isOpen = false;
    netlink[Symbol.dispose]();
    closeSync(fd);
  };
  return { path, fd, netlink, [Symbol.dispose]: dispose };
}

/**
 * Network namespaces made ahead of time: making one takes a third of a millisecond, much more while the kernel
 * tears others down. What is taken is made up for in idle time, one by one.
 */
export class NamespacePool implements Disposable {
  readonly #dir: string;
  readonly #size: number;
  readonly #ready: OpenNamespace[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(dir: string, size: number) {
    this.#dir = dir;
    this.#size = size;
  }

  /** A fresh namespace, loopback up. The caller owns it. */
  take(): OpenNamespace {
    const namespace = this.#ready.shift() ?? this.#make();
    this.refill();
    return namespace;
  }

  /** Starts to fill the pool in idle time. */
  refill(): void {
    if (this.#closed || this.#timer !== undefined || this.#ready.length >= this.#size) return;
    this.#timer = setTimeout(() => this.#addOne(), REFILL_DELAY_MS).unref();
  }

  /** Names of the files that are ours and not in use. */
  names(): Set<string> {
    return new Set(this.#ready.map(({ path }) => basename(path)));
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const namespace of this.#ready.splice(0)) {
      namespace[Symbol.dispose]();
      unpin(namespace.path);
    }
  }

  #addOne(): void {
    this.#timer = undefined;
    try {
      this.#ready.push(this.#make());
      this.refill();
    } catch (error) {
      log.warn('network namespaces cannot be made ahead of time', { error: errorMessage(error) });
    }
  }

  #make(): OpenNamespace {
    const path = join(this.#dir, randomBytes(6).toString('hex'));
    const netlink = pinNewNamespace(path, setUpNamespace);
    try {
      return handle(path, openSync(path, 'r'), netlink);
    } catch (error) {
      netlink[Symbol.dispose]();
      unpin(path);
      throw error;
    }
  }
}

/** Runs inside the new namespace. */
function setUpNamespace(): NetlinkSocket {
  for (const [name, value] of SYSCTLS) {
    const path = `/proc/sys/${name}`;
    if (existsSync(path)) writeFileSync(path, value);
  }
  const netlink = new NetlinkSocket();
  try {
    changeLink(netlink, LOOPBACK_INDEX, { isUp: true });
    return netlink;
  } catch (error) {
    netlink[Symbol.dispose]();
    throw error;
  }
}
