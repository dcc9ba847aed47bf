import { totalmem } from 'node:os';

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

/** A limit for people: unlimited means all the memory there is. */
export function memoryLimit(limit: number | undefined): number {
  return Math.min(limit ?? Number.POSITIVE_INFINITY, totalmem());
}

/** The greatest pid that Linux can give out: as a limit it is none. */
const PID_MAX = 4_194_304;

/** A limit of processes, 0 where there is none. */
export function pidsLimit(limit: number | undefined): number {
  return limit === undefined || limit >= PID_MAX ? 0 : limit;
}
