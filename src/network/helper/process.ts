import { readFileSync } from 'node:fs';
import { ignoring } from '#base';

/** When a process started, in clock ticks since boot (proc_pid_stat(5), field 22); with the pid it identifies a process for ever. */
export function processStartTime(pid: number): string | undefined {
  const stat = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
