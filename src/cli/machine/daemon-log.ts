/** The daemon's own log file. */
import { closeSync, openSync, readFileSync, readSync, watch } from 'node:fs';
import { ignoring } from '#base';
import { CliError, UsageError } from '../errors.ts';
import { print } from '../output.ts';
import { daemonPaths } from './settings.ts';

/** The last `count` lines of a file; '' when it is not there. */
export function lastLines(path: string, count: number): string {
  return lastOf(ignoring('ENOENT', () => readFileSync(path, 'utf8')) ?? '', count);
}

function lastOf(text: string, count: number): string {
  const lines = text.split('\n');
  return count <= 0 ? '' : lines.slice(-count - (text.endsWith('\n') ? 1 : 0)).join('\n');
}

/** Prints the log; with `follow` goes on until interrupted. Throws CliError when there is none. */
export async function showDaemonLog(options: { follow: boolean; tail: string }): Promise<number> {
  const { log } = daemonPaths();
  const { tail } = options;
  if (tail !== 'all' && !/^\d+$/.test(tail)) throw new UsageError(`--tail ${tail}: write a number or all`);
  const fd = ignoring('ENOENT', () => openSync(log, 'r'));
  if (fd === undefined) throw new CliError(`there is no log at ${log}: hako up starts a daemon that writes it`);
  const text = readFileSync(fd, 'utf8');
  print(tail === 'all' ? text : lastOf(text, Number(tail)));
  if (!options.follow) {
    closeSync(fd);
    return 0;
  }
  watch(log, () => printNew(fd));
  return new Promise(() => undefined);
}

/** Prints what was written since the last read of `fd`. */
function printNew(fd: number): void {
  const chunk = Buffer.alloc(64 * 1024);
  for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk)) print(chunk.subarray(0, size));
}
