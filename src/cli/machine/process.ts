/** The daemon as a process: whether it lives, and when it has gone. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { errnoCode, ignoring } from '#base';
import { CliError } from '../errors.ts';
import type { DaemonPaths } from './settings.ts';

/** The pid of the daemon that runs there; undefined when none does. A number that another process has by now does not count. */
export function daemonPid(paths: DaemonPaths): number | undefined {
  const text = ignoring('ENOENT', () => readFileSync(paths.pid, 'utf8'));
  const pid = Number(text?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const words = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.split('\0') ?? [];
  const isOurs = words.includes('daemon') && words.some((word) => /\/cli\/main\.[tj]s$/.test(word));
  return isOurs && isAlive(pid) ? pid : undefined;
}

/** False for a process that ended, also for one that its parent has not yet collected. */
export function isAlive(pid: number): boolean {
  const stat = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The state follows the name, which stands in parentheses and may contain anything.
  return stat !== undefined && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** Sends SIGTERM and resolves when the process has gone. Throws CliError after `timeoutMs`. */
export async function stopProcess(pid: number, paths: DaemonPaths, timeoutMs = 30_000): Promise<void> {
  const closed = connectionEnd(paths.socket);
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (errnoCode(error) === 'ESRCH') return;
    throw new CliError(`can not stop the daemon (process ${pid}): are you root?`, { cause: error });
  }
  const deadlineMs = performance.now() + timeoutMs;
  // The end of our connection says that it closes down; from then on it is a matter of milliseconds.
  await Promise.race([closed, delay(timeoutMs)]);
  while (isAlive(pid)) {
    if (performance.now() > deadlineMs)
      throw new CliError(`the daemon (process ${pid}) did not end within ${timeoutMs / 1000} s; its log: ${paths.log}`);
    await delay(5);
  }
}

/** Resolves when the daemon closes a connection to its socket, or does not even accept one. */
function connectionEnd(socket: string): Promise<void> {
  return new Promise((resolve) => {
    connect(socket)
      .on('close', () => resolve())
      .on('error', () => resolve())
      .resume();
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
