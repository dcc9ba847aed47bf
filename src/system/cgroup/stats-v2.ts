import { type BlockIoCounter, type CgroupStats, memoryLimit, pidsLimit } from './counters.ts';
import { controllerFolder } from './paths.ts';
import { readKeyed, readNumber, readText } from './read.ts';

/** Lines are `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …` (io.stat). */
export function parseIoStat(text: string): BlockIoCounter[] {
  return text.split('\n').flatMap((line): BlockIoCounter[] => {
    const [device = '', ...words] = line.split(' ');
    const match = /^(\d+):(\d+)$/.exec(device);
    if (match === null) return [];
    const fields = Object.fromEntries(words.map((word) => word.split('=')));
    const numbers = { major: Number(match[1]), minor: Number(match[2]) };
    const field = (name: string) => Number(fields[name] ?? 0);
    return [
      { ...numbers, op: 'read', bytes: field('rbytes'), operations: field('rios') },
      { ...numbers, op: 'write', bytes: field('wbytes'), operations: field('wios') },
    ];
  });
}

/** The counters of a cgroup on a v2 host. */
export function readStatsV2(cgroupPath: string): CgroupStats {
  const folder = controllerFolder(cgroupPath, '');
  const cpu = readKeyed(folder, 'cpu.stat');
  const nanoseconds = (field: string) => (cpu[field] ?? 0) * 1000;
  return {
    cpuTotalNs: nanoseconds('usage_usec'),
    cpuUserNs: nanoseconds('user_usec'),
    cpuSystemNs: nanoseconds('system_usec'),
    perCpuNs: [],
    throttling: {
      periods: cpu.nr_periods ?? 0,
      throttledPeriods: cpu.nr_throttled ?? 0,
      throttledNs: nanoseconds('throttled_usec'),
    },
    memoryUsageBytes: readNumber(folder, 'memory.current') ?? 0,
    memoryMaxUsageBytes: readNumber(folder, 'memory.peak'),
    memoryLimitBytes: memoryLimit(readNumber(folder, 'memory.max')),
    memoryStats: readKeyed(folder, 'memory.stat'),
    memoryFailures: readKeyed(folder, 'memory.events').max ?? 0,
    pidsCurrent: readNumber(folder, 'pids.current') ?? 0,
    pidsLimit: pidsLimit(readNumber(folder, 'pids.max')),
    blockIo: parseIoStat(readText(folder, 'io.stat') ?? ''),
  };
}
