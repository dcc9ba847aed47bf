/** Takes a daemon's traces off the host without its help: for a daemon that does not start any more, and for a feigned reboot. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { HostNames } from '../../src/network/names.ts';
import { eventually } from './wait.ts';

/** Where a daemon lives. */
export interface Place {
  root: string;
  run: string;
  instance: string;
}

/** Ends every process, unmounts every folder, removes interfaces, rules and cgroups: what a loss of power does. */
export async function forceOff(place: Place): Promise<void> {
  await endProcesses(place);
  for (const folder of [place.root, place.run]) unmountBelow(folder);
  const hostNames = new HostNames(place.instance);
  for (const name of readdirSync('/sys/class/net')) {
    if (hostNames.isOurs(name)) spawnSync('ip', ['link', 'delete', name]);
  }
  spawnSync('nft', ['delete', 'table', 'inet', hostNames.table]);
  for (const path of cgroupsOf(place.instance)) rmdirSync(path);
}

/** Deepest first. */
function cgroupsOf(instance: string): string[] {
  const paths = globSync([`/sys/fs/cgroup/${instance}/**/`, `/sys/fs/cgroup/*/${instance}/**/`]);
  return paths.sort((one, other) => other.length - one.length);
}

async function endProcesses(place: Place): Promise<void> {
  await eventually('the end of all processes', () => {
    const pids = processesIn(place);
    for (const pid of pids) spawnSync('kill', ['-9', String(pid)]);
    return pids.length === 0;
  });
}

/** Processes whose command line names the run folder, or that live in the daemon's cgroups. */
export function processesIn({ run, instance }: Place): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const isOurs = (pid: string) =>
    read(`/proc/${pid}/cmdline`).includes(run) || read(`/proc/${pid}/cgroup`).includes(`/${instance}/`);
  return pids.filter((pid) => read(`/proc/${pid}/cmdline`) !== '' && isOurs(pid)).map(Number);
}

function unmountBelow(folder: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  const ours = points.filter((point) => point === folder || point.startsWith(`${folder}/`));
  for (const point of ours.reverse()) spawnSync('umount', ['--lazy', point]);
}

function read(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch {
    // It ended meanwhile.
    return '';
  }
}
