import { readFileSync } from 'node:fs';
import { ignoring } from '#base';
import type { ProcessTable } from './ps-output.ts';

/** USER_HZ is 100 on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const TTY_MAJOR_PTS = 136;
const PTS_MAJORS = 8;

/** What `ps -ef` prints, read from /proc, for hosts without ps. Processes that end meanwhile are left out. */
export function readProcessTable(pids: readonly number[]): ProcessTable {
  const titles = ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'];
  const users = userNames();
  const uptimeS = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
  const rows = [...pids].sort((a, b) => a - b).flatMap((pid) => readRow(pid, users, uptimeS) ?? []);
  return { titles, processes: rows };
}

function readRow(pid: number, users: Map<string, string>, uptimeS: number): [string[]] | undefined {
  const gone = ['ENOENT', 'ESRCH'];
  const stat = ignoring(gone, () => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const status = ignoring(gone, () => readFileSync(`/proc/${pid}/status`, 'latin1'));
  const commandLine = ignoring(gone, () => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  if (stat === undefined || status === undefined || commandLine === undefined) return undefined;
  // The name is in parentheses and may hold anything: fields are counted from the last one.
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(rest[number - 3]);
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1] ?? '0';
  const cpuS = (field(14) + field(15)) / TICKS_PER_SECOND;
  const ageS = Math.max(uptimeS - field(22) / TICKS_PER_SECOND, 0.01);
  const command = commandLine === '' ? `[${name}]` : commandLine.replaceAll('\0', ' ').trimEnd();
  const load = String(Math.min(99, Math.trunc((cpuS * 100) / ageS)));
  const user = users.get(uid) ?? uid;
  return [[user, String(pid), String(field(4)), load, startTime(ageS), ttyName(field(7)), clockTime(cpuS), command]];
}

function userNames(): Map<string, string> {
  const lines = (ignoring('ENOENT', () => readFileSync('/etc/passwd', 'utf8')) ?? '').split('\n');
  return new Map(lines.map((line) => line.split(':')).map(([name = '', , uid = '']) => [uid, name]));
}

/** The hour within a day, else the date. */
function startTime(ageS: number): string {
  const start = new Date(Date.now() - ageS * 1000);
  if (ageS < 86_400) return `${two(start.getHours())}:${two(start.getMinutes())}`;
  return `${start.toLocaleString('en-US', { month: 'short' })}${two(start.getDate())}`;
}

function ttyName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major < TTY_MAJOR_PTS || major >= TTY_MAJOR_PTS + PTS_MAJORS) return major === 4 ? `tty${minor}` : '?';
  return `pts/${(major - TTY_MAJOR_PTS) * 256 + minor}`;
}

function clockTime(seconds: number): string {
  const whole = Math.trunc(seconds);
  return `${two(Math.trunc(whole / 3600))}:${two(Math.trunc(whole / 60) % 60)}:${two(whole % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
