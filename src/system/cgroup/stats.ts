import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { CgroupStats } from './counters.ts';
import { cgroupVersion } from './layout.ts';
import { readStatsV1 } from './stats-v1.ts';
import { readStatsV2 } from './stats-v2.ts';

/** Reads the counters of a cgroup (path below the hierarchies' roots); zeros where it is gone. */
export function readCgroupStats(cgroupPath: string): CgroupStats {
  return cgroupVersion() === 2 ? readStatsV2(cgroupPath) : readStatsV1(cgroupPath);
}

/** CPU time that the whole host has spent, idle included, and how many CPUs it has: what percentages are made from. */
export function readHostCpu(): { hostCpuNs: number; onlineCpus: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  // user nice system idle iowait irq softirq steal; guest times are contained in the first two.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { hostCpuNs: total * 10_000_000, onlineCpus: cpus().length };
}
