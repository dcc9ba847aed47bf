import { readFileSync } from 'node:fs';
import { type Clock, ignoring, systemClock } from '#base';
import { readCgroupStats, readHostCpu } from '#system';
import type { ContainerStats } from '../contract.ts';
import { parseNetDev } from './net-dev.ts';

/**
 * Reads the counters of a container: its cgroup's, the host's CPU time beside them, and its interfaces'. `pid` is a process
 * of its network namespace; undefined where the network is not its own (host, another container's). What ends in the
 * middle counts as zero.
 */
export function readStats(cgroupPath: string, pid: number | undefined, clock: Clock = systemClock): ContainerStats {
  return {
    readAtMs: clock.nowMs(),
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
