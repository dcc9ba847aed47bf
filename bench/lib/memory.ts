/** Memory of processes as the kernel counts it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { totalmem } from 'node:os';

export interface ProcessMemory {
  readonly pid: number;
  readonly name: string;
  readonly rssMb: number;
  /** Proportional set size: each shared page is divided by the number of processes that map it. */
  readonly pssMb: number;
}

/**
 * The processes of exactly one PID namespace: those of containers, in namespaces of their own, are not among them. A child that was made
 * just now runs in its parent's memory until its own program begins (vfork), and does not count.
 */
export function processesOfNamespace(namespace: string): ProcessMemory[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.map((pid) => memoryOf(pid, namespace)).filter((memory) => memory !== undefined);
  return [...new Map(found.reverse().map(({ range, ...memory }) => [range, memory])).values()].reverse();
}

function memoryOf(pid: string, namespace: string): (ProcessMemory & { range: string }) | undefined {
  try {
    if (readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return undefined;
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    const name = readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
    // Where its first and its last page lie, at random for each program that is started.
    const range = rollup.split(' ', 1)[0] ?? pid;
    return { pid: Number(pid), name, rssMb: fieldMb(rollup, 'Rss'), pssMb: fieldMb(rollup, 'Pss'), range };
  } catch {
    return undefined; // It ended while we looked, or is a zombie.
  }
}

/** Memory in use on the whole machine, kernel included, caches that can be given back not. */
export function usedMb(): number {
  const available = fieldMb(readFileSync('/proc/meminfo', 'latin1'), 'MemAvailable');
  return totalmem() / 2 ** 20 - available;
}

function fieldMb(text: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return Number(kib) / 1024;
}
