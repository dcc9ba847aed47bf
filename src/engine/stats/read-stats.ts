import { readFileSync } from 'node:fs';
import { ignoring } from '#base';
import { readCgroupStats, readHostCpu } from '#system';
import type { ContainerStats } from '../contract.ts';
import { parseNetDev } from './net-dev.ts';

/** Where a container's counters are. */
export interface StatsSource {
  /** Below the hierarchies' roots. */
  cgroupPath: string;
  /** A process of its network namespace; undefined where the network is not its own (host, another container's). */
  pid: number | undefined;
  nowMs: number;
}

/** Reads a container's counters, and the host's CPU time beside them. What ends in the middle counts as zero. */
export function readStats({ cgroupPath, pid, nowMs }: StatsSource): ContainerStats {
  return {
    readAtMs: nowMs,
    ...readCgroupStats(cgroupPath),
    ...readHostCpu(),
    networks: pid === undefined ? {} : readNetworks(pid),
  };
}

/** The process's own view of /proc/net is that of its namespace: no need to enter it. ESRCH, EINVAL: it has just ended. */
function readNetworks(pid: number): ContainerStats['networks'] {
  const text = ignoring(['ENOENT', 'ESRCH', 'EINVAL'], () => readFileSync(`/proc/${pid}/net/dev`, 'utf8'));
  return parseNetDev(text ?? '');
}
