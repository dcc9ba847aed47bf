/** A container in the foreground: attach and wait first, then start, then stay until it ends. */
import { type ApiClient, containerPath, type Hijacked } from '../client/api.ts';
import { CliError } from '../errors.ts';
import { print } from '../output.ts';
import { forwardSignals } from '../terminal/signals.ts';
import { joinStreams } from '../terminal/streams.ts';
import { beginWait, exitCodeOf, startFailure } from './exit-code.ts';

export interface ForegroundOptions {
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  sigProxy: boolean;
  detachKeys: string;
  /** --rm: the daemon removes the container, and we wait for that. */
  autoRemove: boolean;
}

/** Starts a created container with our streams joined to it; answers its exit code. */
export async function runInForeground(api: ApiClient, id: string, options: ForegroundOptions): Promise<number> {
  const condition = options.autoRemove ? 'removed' : 'next-exit';
  const [attached, waiting] = await Promise.all([attach(api, id, options), beginWait(api, id, condition)]);
  if (options.sigProxy) forwardSignals(api, id);
  const session = join(attached, options);
  // A failure of the stream is reported after the start's own: that says more.
  session.catch(() => undefined);
  await start(api, id, options.autoRemove);
  if (options.tty) await followSizeOf(api, id);
  if ((await session) === 'detached') return detach(id);
  return exitCodeOf(waiting).catch((error: unknown) => lostDaemon(error, id));
}

/** The daemon is gone, the container is not. */
function lostDaemon(error: unknown, id: string): never {
  if (!(error instanceof CliError)) throw error;
  const again = `hako up && hako attach ${id.slice(0, 12)}`;
  throw new CliError(`the daemon went away; the container runs on: ${again}`, { exitCode: 125, cause: error });
}

/** Joins the streams of a container, for what it writes from now on. */
export function attach(
  api: ApiClient,
  id: string,
  options: Omit<ForegroundOptions, 'sigProxy' | 'autoRemove'>,
): Promise<Hijacked> {
  const { stdin, stdout, stderr } = options;
  const query = { stream: true, stdin: stdin || undefined, stdout: stdout || undefined, stderr: stderr || undefined };
  return api.hijack(containerPath(id, '/attach'), { query: { ...query, detachKeys: options.detachKeys } });
}

/** Copies the streams until the container (or exec) ends or the user detaches. */
export async function join(attached: Hijacked, options: { tty: boolean; stdin: boolean; detachKeys: string }) {
  const { tty, stdin } = options;
  // Only a terminal has detach keys: their parser loads only then.
  const keys = tty && stdin ? await import('../terminal/detach-keys.ts') : undefined;
  return joinStreams(attached.connection, { tty, stdin, detachScanner: keys?.detachScanner(options.detachKeys) });
}

async function start(api: ApiClient, id: string, autoRemove: boolean): Promise<void> {
  try {
    await api.post(containerPath(id, '/start'));
  } catch (error) {
    if (autoRemove) await removeLeftover(api, id);
    throw startFailure(error);
  }
}

/** The daemon removes a container with --rm that can't start; an older one leaves that to us. */
export async function removeLeftover(api: ApiClient, id: string): Promise<void> {
  try {
    await api.delete(containerPath(id, ''), { force: true, v: true });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
}

export async function followSizeOf(api: ApiClient, id: string): Promise<void> {
  const { followSize } = await import('../terminal/resize.ts');
  await followSize(api, containerPath(id, '/resize'));
}

function detach(id: string): number {
  print(`\r\nhako: detached; the container runs on: hako attach ${id.slice(0, 12)}\r\n`);
  return 0;
}
