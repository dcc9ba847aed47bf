/** Foreign processes, named so that a recycled pid is never mistaken for them. */
import { closeSync, readFileSync } from 'node:fs';
import { ignoring } from '#base';
import { syscall } from './libc.ts';

const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

/** A process and when it started, in clock ticks since boot: together unique while the machine runs. */
export interface ProcessIdentity {
  pid: number;
  startTicks: number;
}

interface ProcessStat {
  state: string;
  startTicks: number;
}

function readStat(pid: number): ProcessStat | undefined {
  const text = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (text === undefined) return undefined;
  // The name, in parentheses, may contain anything: count from its end. Field 3 is the state, field 22 the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTicks: Number(fields[19]) };
}

/** The identity of a running process; undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTicks: stat.startTicks };
}

/** True while exactly that process runs; a zombie does not. */
export function isRunning({ pid, startTicks }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X';
}

/**
 * Sends a signal to exactly that process (pidfd_send_signal(2)). Answers false when it is gone.
 * The identity is checked while the pidfd holds on to whatever has the pid, so nobody else can be hit.
 */
export function signalProcess(process: ProcessIdentity, signal: number): boolean {
  const fd = ignoring('ESRCH', () => syscall('pidfd_open', SYS_PIDFD_OPEN, process.pid, 0));
  if (fd === undefined) return false;
  try {
    if (!isRunning(process)) return false;
    return ignoring('ESRCH', () => syscall('pidfd_send_signal', SYS_PIDFD_SEND_SIGNAL, fd, signal, 0, 0)) !== undefined;
  } finally {
    closeSync(fd);
  }
}
