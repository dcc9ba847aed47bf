/** What tests could leave behind on a host, as names that can be compared. */
import { execFileSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { ignoring } from '../../src/base/mod.ts';

export type Kind = 'mount' | 'network namespace' | 'interface' | 'nft rule' | 'cgroup' | 'process' | 'folder';
export type Inventory = Record<Kind, Set<string>>;

/** Programs that we start, and those that tests run in containers are their children. */
const OUR_PROGRAMS = new Set(['conmon', 'crun', 'runc', 'runsc', 'runsc-sandbox', 'runsc-gofer', 'hako']);

/** Looks at the host as this user can. */
export function takeInventory(): Inventory {
  return {
    mount: new Set(lines('/proc/self/mountinfo').map(mountName)),
    'network namespace': new Set(names('/run/netns')),
    interface: new Set(names('/sys/class/net')),
    'nft rule': nftRules(),
    cgroup: new Set(globSync('/sys/fs/cgroup/{*/,}**/', { exclude: (path) => path.includes('/proc/') })),
    process: ourProcesses(),
    folder: new Set(globSync([`${tmpdir()}/hako*`, '/run/hako*', '/var/lib/hako*'])),
  };
}

/** What is in `after` and was not in `before`, one line each. */
export function leftBehind(before: Inventory, after: Inventory): string[] {
  const kinds = Object.keys(before) as Kind[];
  return kinds.flatMap((kind) => [...after[kind].difference(before[kind])].map((name) => `${kind}: ${name}`));
}

/** Mount point, type and source; ids change with every mount. */
function mountName(line: string): string {
  const [before = '', after = ''] = line.split(' - ');
  const [type, source] = after.split(' ');
  return `${before.split(' ')[4]} (${type} ${source})`;
}

/** Without counters, which change by themselves. */
function nftRules(): Set<string> {
  if (process.getuid?.() !== 0) return new Set();
  const text = ignoring('ENOENT', () => execFileSync('nft', ['--stateless', 'list', 'ruleset'], { encoding: 'utf8' }));
  const rules = new Set<string>();
  let table = '';
  for (const line of (text ?? '').split('\n').filter((rule) => rule.trim() !== '' && rule !== '}')) {
    if (line.startsWith('table ')) table = line.replace(' {', '');
    rules.add(line === `${table} {` ? table : `${table}: ${line.trim()}`);
  }
  return rules;
}

/** Ours by name, or by the Node that runs them; this process and the one that started it are not meant. */
function ourProcesses(): Set<string> {
  const pids = names('/proc').filter(
    (name) => /^\d+$/.test(name) && ![process.pid, process.ppid].includes(Number(name)),
  );
  // Without a command line it is a kernel thread, or dead and waiting for its parent.
  return new Set(
    pids
      .filter(isOurs)
      .map(describe)
      .filter((text) => /^\d+ ./.test(text)),
  );
}

function isOurs(pid: string): boolean {
  const gone = ['ENOENT', 'ESRCH', 'EACCES'];
  const name = ignoring(gone, () => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '';
  const program = ignoring(gone, () => readlinkSync(`/proc/${pid}/exe`)) ?? '';
  return OUR_PROGRAMS.has(name) || OUR_PROGRAMS.has(basename(program)) || program === process.execPath;
}

function describe(pid: string): string {
  const words = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')) ?? [];
  return `${pid} ${words.join(' ').trim().slice(0, 200)}`;
}

function names(folder: string): string[] {
  return ignoring('ENOENT', () => readdirSync(folder)) ?? [];
}

function lines(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}
