/** What the figures were measured on, without dates and names of machines. */
import { readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { run } from './command.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly distribution: string;
  readonly fileSystem: string;
  readonly cgroups: string;
  readonly versions: Record<string, string>;
  /** Load average of a minute when the run began: what else was going on. */
  readonly load: number;
}

export async function describeMachine(folder: string): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    distribution: distribution(),
    fileSystem: fileSystemOf(folder),
    cgroups: cgroups(),
    versions: { node: process.version, ...(await versionsOf(['crun', 'runc', 'conmon', 'containerd'])) },
    load: Number(loadavg()[0]?.toFixed(2)),
  };
}

function distribution(): string {
  return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
}

/** Magic numbers of linux/magic.h. */
const FILE_SYSTEMS: Record<number, string> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
};

function fileSystemOf(folder: string): string {
  const { type } = statfsSync(folder);
  return FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`;
}

function cgroups(): string {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const v2 = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  if (!/^\S+ \S+ cgroup /m.test(mounts)) return 'v2';
  return v2 === undefined ? 'v1' : 'hybrid (v1 controllers, empty v2 tree)';
}

async function versionsOf(programs: readonly string[]): Promise<Record<string, string>> {
  const answers = await Promise.all(programs.map((program) => run([program, '--version']).catch(() => '')));
  const pairs = programs.map((program, index) => [program, /\d+\.\d+[\w.+~-]*/.exec(answers[index] ?? '')?.[0]]);
  return Object.fromEntries(pairs.filter(([, version]) => version !== undefined));
}
