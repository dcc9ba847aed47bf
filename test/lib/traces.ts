/** What one daemon has on the host beside its image store, as names that can be compared. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HostNames } from '../../src/network/names.ts';
import type { TestDaemon } from './daemon.ts';
import { processesIn } from './force-off.ts';
import { eventually } from './wait.ts';

/** Folders whose entries each belong to a container, an image, a volume or a run. */
const ROOT_FOLDERS = [
  'containers',
  'containers-rw',
  'content/blobs/sha256',
  'content/ingest',
  'snapshots',
  'volumes',
  'trash',
];
const RUN_FOLDERS = ['c', 'containers', 'exits', 'state/crun', 't'];

/** Lines, each of one thing that exists. Spare network namespaces come and go and are not in it. */
export function tracesOf(daemon: TestDaemon): Set<string> {
  return new Set([
    ...mounts(daemon),
    ...cgroups(daemon),
    ...processesOf(daemon).map((words) => `process ${words}`),
    ...interfaces(daemon),
    ...rules(daemon),
    ...files(daemon.root, ROOT_FOLDERS),
    ...files(daemon.run, RUN_FOLDERS),
    ...rows(join(daemon.root, 'hako.db')),
    ...globSync(join(daemon.run, 'network/*.db')).flatMap(rows),
  ]);
}

/** Waits until the daemon has on the host what it had `before`, no more; fails with what is left over. */
export async function assertNoMoreThan(before: ReadonlySet<string>, daemon: TestDaemon): Promise<void> {
  let extra: string[] = [];
  const settled = () => {
    extra = [...tracesOf(daemon).difference(before)];
    return extra.length === 0;
  };
  await eventually('the removal of every trace', settled).catch((error: unknown) => {
    throw new Error(`left behind:\n  ${extra.join('\n  ')}`, { cause: error });
  });
}

/** Network namespaces that the daemon holds, spare ones included. */
export function namespaceCount(daemon: TestDaemon): number {
  return names(join(daemon.run, 'netns')).length;
}

/** Command lines of processes other than the daemon that name its folder or live in its cgroups. */
export function processesOf(daemon: TestDaemon): string[] {
  return pidsOf(daemon).map(({ words }) => words);
}

/** As `processesOf`, with pids; the network helper, which stays with the daemon, only where asked for. */
export function pidsOf(daemon: TestDaemon, { helpers = false } = {}): { pid: number; words: string }[] {
  const all = processesIn(daemon).map((pid) => ({ pid, words: commandLine(pid) }));
  return all.filter(({ words }) => words !== '' && (helpers || !words.includes('/helper/main')));
}

function mounts(daemon: TestDaemon): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  const isOurs = (point: string) => point.startsWith(`${daemon.root}/`) || point.startsWith(`${daemon.run}/`);
  return points.filter((point) => isOurs(point) && !point.includes('/netns/')).map((point) => `mount ${point}`);
}

function cgroups({ instance }: TestDaemon): string[] {
  const patterns = [`/sys/fs/cgroup/${instance}/**/`, `/sys/fs/cgroup/*/${instance}/**/`];
  return globSync(patterns).map((path) => `cgroup ${path}`);
}

function interfaces({ instance }: TestDaemon): string[] {
  const hostNames = new HostNames(instance);
  return names('/sys/class/net').flatMap((name) => (hostNames.isOurs(name) ? [`interface ${name}`] : []));
}

function rules({ instance }: TestDaemon): string[] {
  const table = new HostNames(instance).table;
  const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' });
  if (!tables.includes(`inet ${table}\n`)) return [];
  const text = execFileSync('nft', ['--stateless', 'list', 'table', 'inet', table], { encoding: 'utf8' });
  return text.split('\n').flatMap(elementsOf);
}

/** A rule as it is, of a set each element. */
function elementsOf(line: string): string[] {
  const [, list] = /elements = \{(.*)\}/.exec(line) ?? [];
  return list === undefined ? [`rule ${line.trim()}`] : list.split(',').map((element) => `element ${element.trim()}`);
}

function files(folder: string, below: readonly string[]): string[] {
  return below.flatMap((name) => names(join(folder, name)).map((each) => `file ${join(folder, name, each)}`));
}

/** A line for every row: the first, the second … of its table. */
function rows(path: string): string[] {
  if (!existsSync(path)) return [];
  using database = new DatabaseSync(path, { readOnly: true });
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  return tables.flatMap(({ name }) => {
    const { count } = database.prepare(`SELECT count(*) AS count FROM "${name}"`).get() as { count: number };
    return Array.from({ length: count }, (_, index) => `row ${name} ${index + 1}`);
  });
}

/** False also for a zombie: whether the machine's first process collects it is not our business. */
export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && commandLine(pid) !== '';
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    // It ended meanwhile.
    return '';
  }
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
