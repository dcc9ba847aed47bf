/** What `hako stats` shows of one answer of the API. */
import type { Columns } from '../format/list.ts';
import { binarySize, humanSize, shortId } from '../format/units.ts';

interface CpuStats {
  cpu_usage?: { total_usage?: number; percpu_usage?: number[] | null };
  system_cpu_usage?: number;
  online_cpus?: number;
}

/** One object of GET /containers/{id}/stats. */
export interface StatsAnswer {
  id?: string;
  name?: string;
  cpu_stats?: CpuStats;
  precpu_stats?: CpuStats;
  memory_stats?: { usage?: number; limit?: number; stats?: Record<string, number> | null };
  networks?: Record<string, { rx_bytes: number; tx_bytes: number }> | null;
  blkio_stats?: { io_service_bytes_recursive?: { op: string; value: number }[] | null };
  pids_stats?: { current?: number };
}

/** One container; `answer` is undefined until the first one came. */
export interface StatsRow {
  id: string;
  name: string;
  answer: StatsAnswer | undefined;
}

export function statsColumns(full: boolean): Columns<StatsRow> {
  return {
    Container: { heading: 'CONTAINER', value: ({ name, id }) => name || id },
    ID: { heading: 'CONTAINER ID', value: ({ id }) => (full ? id : shortId(id)) },
    Name: { heading: 'NAME', value: ({ name }) => name || '--' },
    CPUPerc: { heading: 'CPU %', value: ({ answer }) => orDashes(answer, (it) => percent(cpuPercent(it))) },
    MemUsage: { heading: 'MEM USAGE / LIMIT', value: ({ answer }) => pairText(answer, memoryBytes, binarySize) },
    MemPerc: { heading: 'MEM %', value: ({ answer }) => orDashes(answer, (it) => percent(memoryPercent(it))) },
    NetIO: {
      heading: 'NET I/O',
      value: ({ answer }) => pairText(answer, networkBytes, (bytes) => humanSize(bytes, 3)),
    },
    BlockIO: {
      heading: 'BLOCK I/O',
      value: ({ answer }) => pairText(answer, blockBytes, (bytes) => humanSize(bytes, 3)),
    },
    PIDs: { heading: 'PIDS', value: ({ answer }) => orDashes(answer, (it) => String(it.pids_stats?.current ?? 0)) },
  };
}

function orDashes(answer: StatsAnswer | undefined, text: (answer: StatsAnswer) => string): string {
  return answer === undefined ? '--' : text(answer);
}

function pairText(
  answer: StatsAnswer | undefined,
  pair: (answer: StatsAnswer) => [number, number],
  text: (bytes: number) => string,
): string {
  return answer === undefined ? '-- / --' : pair(answer).map(text).join(' / ');
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}

/** Share of one CPU between the two samples of an answer, times the CPUs: 200 % are two busy CPUs. */
export function cpuPercent({ cpu_stats: now = {}, precpu_stats: before = {} }: StatsAnswer): number {
  const used = (now.cpu_usage?.total_usage ?? 0) - (before.cpu_usage?.total_usage ?? 0);
  const passed = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  const cpus = now.online_cpus || now.cpu_usage?.percpu_usage?.length || 1;
  return used > 0 && passed > 0 && before.system_cpu_usage ? (used / passed) * cpus * 100 : 0;
}

/** Usage without the page cache that can be given back: cgroup v1 `total_inactive_file`, v2 `inactive_file`. */
export function memoryBytes({ memory_stats: { usage = 0, limit = 0, stats } = {} }: StatsAnswer): [number, number] {
  const cache = stats?.total_inactive_file ?? stats?.inactive_file ?? 0;
  return [cache < usage ? usage - cache : usage, limit];
}

function memoryPercent(answer: StatsAnswer): number {
  const [used, limit] = memoryBytes(answer);
  return limit === 0 ? 0 : (used / limit) * 100;
}

function networkBytes({ networks }: StatsAnswer): [number, number] {
  const all = Object.values(networks ?? {});
  return [all.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0), all.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0)];
}

function blockBytes({ blkio_stats }: StatsAnswer): [number, number] {
  const entries = blkio_stats?.io_service_bytes_recursive ?? [];
  const sum = (kind: string) =>
    entries.filter(({ op }) => op.toLowerCase() === kind).reduce((total, { value }) => total + value, 0);
  return [sum('read'), sum('write')];
}
