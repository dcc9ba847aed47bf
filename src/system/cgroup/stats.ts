import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { cgroupVersion } from './layout.ts';
import { readStatsV1 } from './stats-v1.ts';
import { readStatsV2 } from './stats-v2.ts';

export interface BlockIoCounter {
  major: number;
  minor: number;
  op: 'read' | 'write';
  bytes: number;
  operations: number;
}

/** Counters of one cgroup at one moment. */
export interface CgroupStats {
  cpuTotalNs: number;
  cpuUserNs: number;
  cpuSystemNs: number;
  /** Empty on v2, which does not count by CPU. */
  perCpuNs: number[];
  throttling: { periods: number; throttledPeriods: number; throttledNs: number };
  memoryUsageBytes: number;
  /** Undefined on v2 before Linux 5.19. */
  memoryMaxUsageBytes: number | undefined;
  /** The host's memory where there is no limit. */
  memoryLimitBytes: number;
  /** memory.stat as the kernel names its fields; `total_` ones on v1 besides. */
  memoryStats: Record<string, number>;
  /** How often the limit was hit. */
  memoryFailures: number;
  pidsCurrent: number;
  /** 0: no limit. */
  pidsLimit: number;
  blockIo: BlockIoCounter[];
}

/** Reads the counters of a cgroup (path below the hierarchies' roots); zeros where it is gone. */
export function readCgroupStats(cgroupPath: string): CgroupStats {
  return cgroupVersion() === 2 ? readStatsV2(cgroupPath) : readStatsV1(cgroupPath);
}

/** A limit for people: unlimited means all the memory there is. */
export function memoryLimit(limit: number | undefined): number {
  return Math.min(limit ?? Number.POSITIVE_INFINITY, totalmem());
}

/** A limit of processes, 0 where there is none. */
export function pidsLimit(limit: number | undefined): number {
  return limit === undefined || !Number.isFinite(limit) ? 0 : limit;
}

/** CPU time that the whole host has spent, idle included, and how many CPUs it has: what percentages are made from. */
export function readHostCpu(): { hostCpuNs: number; onlineCpus: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  // user nice system idle iowait irq softirq steal; guest times are contained in the first two.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { hostCpuNs: total * 10_000_000, onlineCpus: cpus().length };
}
