import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { cgroupVersion } from '#system';
import { CAPABILITIES } from './capabilities.ts';
import { hostDevices } from './host-devices.ts';
import type { HostFacts } from './input.ts';

/** What we hold and the bounding set lets through: a container cannot have more. */
function capabilities(): string[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mask = (name: string) => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
  const held = mask('CapEff') & mask('CapBnd');
  return CAPABILITIES.filter((_, number) => ((held >> BigInt(number)) & 1n) === 1n);
}

function maxOpenFiles(): number {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return line?.[1] === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(line?.[1] ?? 1024);
}

function kernel(): [number, number] {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return [major, minor];
}

/** On cgroup v2 any cgroup but the root shows it; the file of swap limits exists where the kernel accounts swap. */
function swapAccounting(version: 1 | 2): boolean {
  if (version === 1) return existsSync('/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes');
  return existsSync('/proc/swaps');
}

/** Reads what `generateSpec` must know of the machine. Read it anew for a privileged container: devices come and go. */
export function readHostFacts(): HostFacts {
  const version = cgroupVersion();
  return {
    cgroupVersion: version,
    kernel: kernel(),
    arch: arch(),
    capabilities: capabilities(),
    devices: hostDevices(),
    maxOpenFiles: maxOpenFiles(),
    memoryBytes: totalmem(),
    cpus: cpus().length,
    swapAccounting: swapAccounting(version),
    apparmor: existsSync('/sys/kernel/security/apparmor'),
  };
}
