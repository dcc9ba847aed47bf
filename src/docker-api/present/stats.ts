import type { Container, ContainerStats } from '#engine';
import { NEVER, rfc3339 } from '../server/time.ts';
import { bigNumber } from './big-number.ts';

export type StatsFrame = ReturnType<typeof presentStats>;

/** One frame of `stats`: the counters of now and of the sample before. Without a sample, docker's empty frame. */
export function presentStats(
  container: Container,
  now: ContainerStats | undefined,
  before: ContainerStats | undefined,
) {
  return {
    name: `/${container.name}`,
    id: container.id,
    read: now === undefined ? NEVER : rfc3339(now.readAtMs),
    preread: before === undefined ? NEVER : rfc3339(before.readAtMs),
    pids_stats: now === undefined ? {} : { current: now.pidsCurrent, ...limitOf(now.pidsLimit) },
    blkio_stats: presentBlockIo(now),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: presentCpu(now),
    precpu_stats: presentCpu(before),
    memory_stats: now === undefined ? {} : presentMemory(now),
    ...(now === undefined ? {} : presentNetworks(now)),
  };
}

function limitOf(limit: number): { limit?: unknown } {
  // Docker reports "no limit" as the greatest uint64, which is no exact JavaScript number.
  return { limit: Number.isFinite(limit) && limit > 0 ? limit : bigNumber(2n ** 64n - 1n) };
}

function presentCpu(stats: ContainerStats | undefined) {
  const throttling = stats?.throttling;
  return {
    cpu_usage: {
      total_usage: stats?.cpuTotalNs ?? 0,
      ...(stats?.perCpuNs.length ? { percpu_usage: stats.perCpuNs } : {}),
      usage_in_kernelmode: stats?.cpuSystemNs ?? 0,
      usage_in_usermode: stats?.cpuUserNs ?? 0,
    },
    ...(stats === undefined ? {} : { system_cpu_usage: stats.hostCpuNs, online_cpus: stats.onlineCpus }),
    throttling_data: {
      periods: throttling?.periods ?? 0,
      throttled_periods: throttling?.throttledPeriods ?? 0,
      throttled_time: throttling?.throttledNs ?? 0,
    },
  };
}

function presentMemory(stats: ContainerStats) {
  return {
    usage: stats.memoryUsageBytes,
    ...(stats.memoryMaxUsageBytes === undefined ? {} : { max_usage: stats.memoryMaxUsageBytes }),
    stats: stats.memoryStats,
    ...(stats.memoryFailures > 0 ? { failcnt: stats.memoryFailures } : {}),
    limit: stats.memoryLimitBytes,
  };
}

function presentBlockIo(stats: ContainerStats | undefined) {
  const rows = stats?.blockIo ?? [];
  const list = (value: (row: ContainerStats['blockIo'][number]) => number) =>
    rows.length === 0
      ? null
      : rows.map((row) => ({ major: row.major, minor: row.minor, op: row.op, value: value(row) }));
  return {
    io_service_bytes_recursive: list((row) => row.bytes),
    io_serviced_recursive: list((row) => row.operations),
    io_queue_recursive: null,
    io_service_time_recursive: null,
    io_wait_time_recursive: null,
    io_merged_recursive: null,
    io_time_recursive: null,
    sectors_recursive: null,
  };
}

function presentNetworks(stats: ContainerStats) {
  const entries = Object.entries(stats.networks);
  if (entries.length === 0) return {};
  const networks = entries.map(([name, each]) => [
    name,
    {
      rx_bytes: each.rxBytes,
      rx_packets: each.rxPackets,
      rx_errors: each.rxErrors,
      rx_dropped: each.rxDropped,
      tx_bytes: each.txBytes,
      tx_packets: each.txPackets,
      tx_errors: each.txErrors,
      tx_dropped: each.txDropped,
    },
  ]);
  return { networks: Object.fromEntries(networks) };
}
