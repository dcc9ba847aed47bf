import { type BlockIoCounter, type CgroupStats, memoryLimit, pidsLimit } from './counters.ts';
import { controllerFolder } from './paths.ts';
import { readKeyed, readNumber, readText } from './read.ts';

/** A clock tick (USER_HZ is 100 on every architecture that Node.js runs on). */
const TICK_NS = 10_000_000;

function cpu(folder: string | undefined): Pick<CgroupStats, 'cpuTotalNs' | 'cpuUserNs' | 'cpuSystemNs' | 'perCpuNs'> {
  const stat = readKeyed(folder, 'cpuacct.stat');
  const perCpu = readText(folder, 'cpuacct.usage_percpu')?.trim();
  return {
    cpuTotalNs: readNumber(folder, 'cpuacct.usage') ?? 0,
    cpuUserNs: (stat.user ?? 0) * TICK_NS,
    cpuSystemNs: (stat.system ?? 0) * TICK_NS,
    perCpuNs: perCpu ? perCpu.split(/\s+/).map(Number) : [],
  };
}

function throttling(folder: string | undefined): CgroupStats['throttling'] {
  const stat = readKeyed(folder, 'cpu.stat');
  return {
    periods: stat.nr_periods ?? 0,
    throttledPeriods: stat.nr_throttled ?? 0,
    throttledNs: stat.throttled_time ?? 0,
  };
}

/** Lines are `8:0 Read 4096`. */
function counters(folder: string | undefined, name: string): Map<string, number> {
  const lines = (readText(folder, name) ?? '').split('\n').map((line) => line.split(' '));
  return new Map(
    lines.filter((words) => words.length === 3).map(([device, op, value]) => [`${device} ${op}`, Number(value)]),
  );
}

function blockIo(folder: string | undefined): BlockIoCounter[] {
  const bytes = counters(folder, 'blkio.throttle.io_service_bytes_recursive');
  const operations = counters(folder, 'blkio.throttle.io_serviced_recursive');
  return [...bytes].flatMap(([key, value]): BlockIoCounter[] => {
    const match = /^(\d+):(\d+) (Read|Write)$/.exec(key);
    if (match === null) return [];
    const op = match[3] === 'Read' ? 'read' : 'write';
    return [
      { major: Number(match[1]), minor: Number(match[2]), op, bytes: value, operations: operations.get(key) ?? 0 },
    ];
  });
}

/** The counters of a cgroup on a v1 or hybrid host. */
export function readStatsV1(cgroupPath: string): CgroupStats {
  const folder = (controller: string) => controllerFolder(cgroupPath, controller);
  const memory = folder('memory');
  const pids = folder('pids');
  return {
    ...cpu(folder('cpuacct')),
    throttling: throttling(folder('cpu')),
    memoryUsageBytes: readNumber(memory, 'memory.usage_in_bytes') ?? 0,
    memoryMaxUsageBytes: readNumber(memory, 'memory.max_usage_in_bytes'),
    memoryLimitBytes: memoryLimit(readNumber(memory, 'memory.limit_in_bytes')),
    memoryStats: readKeyed(memory, 'memory.stat'),
    memoryFailures: readNumber(memory, 'memory.failcnt') ?? 0,
    pidsCurrent: readNumber(pids, 'pids.current') ?? 0,
    pidsLimit: pidsLimit(readNumber(pids, 'pids.max')),
    blockIo: blockIo(folder('blkio')),
  };
}
