/** Starts `hako daemon` in the background and waits until it says that it is ready. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeFolders } from '#base';
import { CliError } from '../errors.ts';
import { packageDir } from '../version.ts';
import { lastLines } from './daemon-log.ts';
import { daemonPid } from './process.ts';
import type { DaemonPaths } from './settings.ts';

const READY_FD = 3;

/**
 * Spawns the daemon in a session of its own, its output in the log file. It reports through a pipe: `ready`, or a line
 * that says what is wrong; a pipe that ends without either means that it died. Throws CliError.
 */
export async function startDaemon(paths: DaemonPaths, words: readonly string[]): Promise<number> {
  makeFolders(dirname(paths.log), 0o711);
  const log = openSync(paths.log, 'a', 0o640);
  const child = spawn(process.execPath, [...process.execArgv, mainPath(), 'daemon', ...words], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...process.env, HAKO_ROOT: paths.root, HAKO_RUN: paths.run, HAKO_READY_FD: String(READY_FD) },
  });
  closeSync(log);
  const line = await firstLine(child.stdio[READY_FD] as Readable);
  child.unref();
  if (line === 'ready' && child.pid !== undefined) return child.pid;
  const reason = line.replace(/^error: /, '') || `it ended without a word\n${lastLines(paths.log, 10)}`;
  throw new CliError(`the daemon could not start: ${reason.trimEnd()}\nIts log: ${paths.log}`);
}

/** How long another `hako up`, which was a moment faster, may take. */
const OTHER_TIMEOUT_MS = 10_000;

/** Two `hako up` at once: the second daemon is refused, and the first is what was asked for. Throws `error` for all else. */
export async function waitForOther(error: unknown, paths: DaemonPaths): Promise<number> {
  const deadlineMs = performance.now() + OTHER_TIMEOUT_MS;
  const isRefused = error instanceof Error && error.message.includes('already serves');
  while (isRefused && performance.now() < deadlineMs) {
    const pid = daemonPid(paths);
    if (pid !== undefined) return pid;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw error;
}

/** The entry of this very command line: .ts in the sources, .js in the package. */
function mainPath(): string {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  return join(packageDir, extension === 'ts' ? 'src' : 'dist', 'cli', `main.${extension}`);
}

/** The first line of a stream; '' when it ends before. */
async function firstLine(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n', 1)[0] ?? '';
}
