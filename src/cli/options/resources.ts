/** Flags about limits; `update` shares some of them. */

import type { Values } from '../args/flags.ts';
import { integer, list, parsed, text, toggle } from '../args/flags.ts';
import { UsageError } from '../errors.ts';
import type { CreatePart } from './body.ts';
import { parseCpus, parseSize, parseSizeOrUnlimited, splitPair, unlessBlank, unlessEmpty } from './values.ts';

/** Limits that can change while the container runs. */
export const limitFlags = {
  'blkio-weight': integer('', 'WEIGHT', 'Share of block I/O, 10 to 1000; 0 for the default'),
  'cpu-period': integer('', 'MICROSECONDS', 'Length of a period of the CFS scheduler'),
  'cpu-quota': integer('', 'MICROSECONDS', 'CPU time within a period'),
  'cpu-rt-period': integer('', 'MICROSECONDS', 'Length of a real-time period'),
  'cpu-rt-runtime': integer('', 'MICROSECONDS', 'Real-time CPU time within a period'),
  'cpu-shares': integer('c', 'SHARES', 'Share of CPU time under load'),
  cpus: parsed('', 'NUMBER', 'Most CPUs to use, such as 1.5', parseCpus),
  'cpuset-cpus': text('', 'LIST', 'CPUs to run on, such as 0-2,4'),
  'cpuset-mems': text('', 'LIST', 'Memory nodes to use'),
  memory: parsed('m', 'BYTES', 'Most memory to use, such as 512m', parseSize),
  'memory-reservation': parsed('', 'BYTES', 'Memory that the container should stay below under pressure', parseSize),
  'memory-swap': parsed('', 'BYTES', 'Memory and swap together; -1 for unlimited swap', parseSizeOrUnlimited),
  'pids-limit': integer('', 'COUNT', 'Most processes; -1 for unlimited'),
};

export const resourceFlags = {
  ...limitFlags,
  'blkio-weight-device': list('', 'DEVICE:WEIGHT', 'Share of the I/O of one device'),
  'device-read-bps': list('', 'DEVICE:BYTES', 'Most bytes a second to read from a device'),
  'device-write-bps': list('', 'DEVICE:BYTES', 'Most bytes a second to write to a device'),
  'device-read-iops': list('', 'DEVICE:COUNT', 'Most reads a second from a device'),
  'device-write-iops': list('', 'DEVICE:COUNT', 'Most writes a second to a device'),
  'memory-swappiness': integer('', 'PERCENT', 'How eagerly memory is swapped out'),
  'oom-kill-disable': toggle('', 'Never kill for lack of memory'),
  'oom-score-adj': integer('', 'SCORE', 'Who is killed first for lack of memory, -1000 to 1000'),
  'kernel-memory': { ...text('', 'BYTES', ''), hidden: true },
  'shm-size': parsed('', 'BYTES', 'Size of /dev/shm', parseSize),
  ulimit: list('', 'NAME=SOFT[:HARD]', 'Limit of the process, such as nofile=1024:2048'),
  sysctl: list('', 'KEY=VALUE', 'Kernel setting of the container'),
  'cgroup-parent': text('', 'PATH', 'Control group to put the container under'),
};

/** The limits as HostConfig and `update` name them. */
export function limitOptions(flags: Values<typeof limitFlags>): Record<string, unknown> {
  return {
    BlkioWeight: flags['blkio-weight'],
    CpuPeriod: flags['cpu-period'],
    CpuQuota: flags['cpu-quota'],
    CpuRealtimePeriod: flags['cpu-rt-period'],
    CpuRealtimeRuntime: flags['cpu-rt-runtime'],
    CpuShares: flags['cpu-shares'],
    NanoCpus: flags.cpus,
    CpusetCpus: unlessBlank(flags['cpuset-cpus']),
    CpusetMems: unlessBlank(flags['cpuset-mems']),
    Memory: flags.memory,
    MemoryReservation: flags['memory-reservation'],
    MemorySwap: flags['memory-swap'],
    PidsLimit: flags['pids-limit'],
  };
}

export function resourceOptions(flags: Values<typeof resourceFlags>): CreatePart {
  return {
    hostConfig: {
      ...limitOptions(flags),
      BlkioWeightDevice: unlessEmpty(
        flags['blkio-weight-device'].map((text) => ({ Path: devicePath(text), Weight: deviceCount(text) })),
      ),
      BlkioDeviceReadBps: unlessEmpty(flags['device-read-bps'].map(bytesRate)),
      BlkioDeviceWriteBps: unlessEmpty(flags['device-write-bps'].map(bytesRate)),
      BlkioDeviceReadIOps: unlessEmpty(flags['device-read-iops'].map(countRate)),
      BlkioDeviceWriteIOps: unlessEmpty(flags['device-write-iops'].map(countRate)),
      MemorySwappiness: flags['memory-swappiness'],
      OomKillDisable: flags['oom-kill-disable'] || undefined,
      OomScoreAdj: flags['oom-score-adj'],
      ShmSize: flags['shm-size'],
      Ulimits: unlessEmpty(flags.ulimit.map(parseUlimit)),
      Sysctls: flags.sysctl.length === 0 ? undefined : Object.fromEntries(flags.sysctl.map(splitPair)),
      CgroupParent: unlessBlank(flags['cgroup-parent']),
    },
  };
}

function bytesRate(text: string): { Path: string; Rate: number } {
  return { Path: devicePath(text), Rate: parseSize(afterColon(text)) };
}

function countRate(text: string): { Path: string; Rate: number } {
  return { Path: devicePath(text), Rate: deviceCount(text) };
}

function devicePath(text: string): string {
  const path = text.slice(0, text.lastIndexOf(':'));
  if (!path.startsWith('/dev/')) throw new UsageError(`"${text}" is no limit of a device: write /dev/NAME:VALUE`);
  return path;
}

function deviceCount(text: string): number {
  const number = afterColon(text);
  if (!/^\d+$/.test(number)) throw new UsageError(`"${text}": "${number}" is no whole number`);
  return Number(number);
}

function afterColon(text: string): string {
  return text.slice(text.lastIndexOf(':') + 1);
}

/** `nofile=1024:2048`; a hard limit that is not given is the soft one. Throws UsageError. */
export function parseUlimit(text: string): { Name: string; Soft: number; Hard: number } {
  const match = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text);
  if (match?.[1] === undefined)
    throw new UsageError(`--ulimit ${text}: write NAME=SOFT[:HARD], such as nofile=1024:2048`);
  const soft = Number(match[2]);
  const hard = Number(match[3] ?? match[2]);
  if (hard !== -1 && soft > hard) throw new UsageError(`--ulimit ${text}: the soft limit is above the hard limit`);
  return { Name: match[1], Soft: soft, Hard: hard };
}
