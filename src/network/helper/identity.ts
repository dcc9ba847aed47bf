import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ignoring } from '#base';

/** Which process the helper is: a pid may be reused, with its start time it cannot. */
export interface HelperIdentity {
  pid: number;
  startTime: string;
}

const GRACE_MS = 2000;
const LOOK_AGAIN_MS = 5;

/** When a process started, in clock ticks since boot (proc_pid_stat(5), field 22); undefined when it is gone or a zombie. */
export function processStartTime(pid: number): string | undefined {
  const stat = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** What a helper wrote down about itself when it started. */
export function readIdentity(path: string): HelperIdentity | undefined {
  const content = ignoring('ENOENT', () => readFileSync(path, 'utf8'));
  return content ? JSON.parse(content) : undefined;
}

/** Ends the process if it still is the one, with force after two seconds. A process that is no child has no event for its end. */
export async function endProcess({ pid, startTime }: HelperIdentity): Promise<void> {
  const isThere = () => processStartTime(pid) === startTime;
  const kill = (signal: NodeJS.Signals) => ignoring('ESRCH', () => process.kill(pid, signal));
  const patientUntilMs = performance.now() + GRACE_MS;
  if (isThere()) kill('SIGTERM');
  while (isThere()) {
    if (performance.now() > patientUntilMs) kill('SIGKILL');
    await sleep(LOOK_AGAIN_MS);
  }
}
