import { mkdirSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { constants, getPriority, setPriority } from 'node:os';
import { dirname, extname } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, HakoError, ignoring, log } from '#base';
import type { CommandName, Commands, Confinement, RootfsStat, WorkerMessage, WorkerRequest } from './contract.ts';
import { type WorkerEnd, WorkerProcess } from './worker-process.ts';

/** The worker's program has this file's extension: .ts in the repository, .js in the package. */
const PROGRAM = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url));
const STDERR_BYTES = 4096;
/** What an archive of millions of long names may take at most. */
const MAX_HEAP_MIB = 768;
/** One command needs no parallel collector, and a small young heap lets buffers go that nobody needs any more. */
const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--single-threaded',
  '--max-semi-space-size=1',
  `--max-old-space-size=${MAX_HEAP_MIB}`,
];
/** One thread reads while another decompresses; memory that one of them frees is good for the other. */
const THREADS = { UV_THREADPOOL_SIZE: '2', MALLOC_ARENA_MAX: '1' };

export interface WorkerOptions {
  /** The archive to be read. */
  input?: Readable;
  /** An open file for the worker, where its command wants one. */
  file?: number;
  signal?: AbortSignal;
}

/** A worker at work. `output` carries the archive that it makes, if any; `result` must be awaited. */
export interface RunningWorker<Result> {
  output: Readable;
  /** Resolves when the command is done; rejects with its error. */
  result: Promise<Result>;
  /** The stat that `packPath` sends first; rejects when the command fails before. */
  stat: Promise<RootfsStat>;
}

/** Starts a worker for one command. The worker dies with this process, and on abort. */
export function startWorker<Name extends CommandName>(
  command: Name,
  confinement: Confinement,
  parameters: Commands[Name]['parameters'],
  options: WorkerOptions = {},
): RunningWorker<Commands[Name]['result']> {
  options.signal?.throwIfAborted();
  const { input, file } = options;
  const { niceness, session } = MANNERS[command] ?? { niceness: 0, session: 'own' };
  const surroundings = { hasInput: input !== undefined, ...(file === undefined ? {} : { file }), session };
  const child = new WorkerProcess([...NODE_FLAGS, PROGRAM], workerEnvironment(), surroundings);
  if (niceness > 0) makeWay(child, niceness, session);
  const request = { command, confinement, ...parameters } as WorkerRequest;
  return supervise<Commands[Name]['result']>(child, request, options);
}

interface Manners {
  niceness: number;
  session: 'own' | 'ours';
}

/**
 * Commands that may take a whole machine for seconds. Those that somebody waits for share our processors, and let us go first; the other
 * one lets everybody go first.
 */
const MANNERS: Partial<Record<CommandName, Manners>> = {
  unpackLayer: { niceness: 5, session: 'ours' },
  remakeLayer: { niceness: 5, session: 'ours' },
  recordLayer: { niceness: 15, session: 'own' },
};

/** Where the kernel groups processes by session, the niceness of the group is what counts among groups. */
function makeWay({ pid }: WorkerProcess, niceness: number, session: Manners['session']): void {
  try {
    // Threads that the worker starts later inherit it.
    setPriority(pid, Math.min(getPriority() + niceness, constants.priority.PRIORITY_LOW));
    if (session === 'ours') return;
    ignoring(['ENOENT', 'EINVAL'], () => writeFileSync(`/proc/${pid}/autogroup`, String(niceness), { flag: 'r+' }));
  } catch (error) {
    // It has ended already, and says so in its own way.
    log.debug('cannot lower the priority of a rootfs worker', { error });
  }
}

let cacheDir: string | undefined;

/**
 * Lets workers keep their compiled code in `dir`, which only root may write: they then start in 45 ms instead of 150. A process that
 * has a compile cache of its own (module.enableCompileCache) shares that one with them anyway.
 */
export function cacheWorkerCode(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  cacheDir = dir;
}

/** A worker inherits nothing of this process's environment. */
function workerEnvironment(): Record<string, string> {
  const own = getCompileCacheDir();
  // The reported folder is the one for this version of Node, inside the one that was asked for.
  const dir = own === undefined ? cacheDir : dirname(own);
  return dir === undefined ? THREADS : { ...THREADS, NODE_COMPILE_CACHE: dir };
}

/** Runs one command that makes no archive, to its end. */
export async function callWorker<Name extends CommandName>(
  command: Name,
  confinement: Confinement,
  parameters: Commands[Name]['parameters'],
  options: WorkerOptions = {},
): Promise<Commands[Name]['result']> {
  const worker = startWorker(command, confinement, parameters, options);
  worker.output.resume();
  return await worker.result;
}

/** The three things that a worker yields, as promises and a stream that somebody else settles. */
class Outcome<Result> {
  readonly #stat = Promise.withResolvers<RootfsStat>();
  readonly #result = Promise.withResolvers<Result>();
  readonly output = new PassThrough();

  constructor() {
    // Whoever cares listens to one of the three; the others must not bring the process down.
    this.#stat.promise.catch(() => undefined);
    this.#result.promise.catch(() => undefined);
    this.output.on('error', () => undefined);
  }

  get running(): RunningWorker<Result> {
    return { output: this.output, result: this.#result.promise, stat: this.#stat.promise };
  }

  foundStat(stat: RootfsStat): void {
    this.#stat.resolve(stat);
  }

  succeed(result: unknown): void {
    this.output.end();
    this.#stat.reject(new HakoError('internal', 'the rootfs worker sent no stat'));
    this.#result.resolve(result as Result);
  }

  fail(error: Error): void {
    this.#stat.reject(error);
    this.#result.reject(error);
    this.output.destroy(error);
  }
}

function supervise<Result>(
  child: WorkerProcess,
  request: WorkerRequest,
  options: WorkerOptions,
): RunningWorker<Result> {
  const outcome = new Outcome<Result>();
  const kill = () => child.kill();
  const lastMessage = converse(child, request, (stat) => outcome.foundStat(stat));
  const complaint = tailOf(child.errors);
  options.signal?.addEventListener('abort', kill, { once: true });
  let brokenOff: Error | undefined;
  feed(child, options.input, (error) => {
    brokenOff ??= error;
    kill();
  });
  child.output.pipe(outcome.output, { end: false });
  void child.closed.then((end) => {
    options.signal?.removeEventListener('abort', kill);
    const last = lastMessage();
    if (options.signal?.aborted) outcome.fail(new HakoError('cancelled', 'the work was cancelled'));
    else if (brokenOff !== undefined) outcome.fail(brokenOff);
    else if (last !== undefined && 'result' in last) outcome.succeed(last.result);
    else if (last !== undefined && 'error' in last) outcome.fail(toError(last.error));
    else outcome.fail(died(end, complaint()));
  });
  // A reader that goes away takes the worker with it.
  outcome.output.on('close', () => {
    if (!outcome.output.readableEnded) kill();
  });
  return outcome.running;
}

/** Sends the request and collects the answers; the returned function tells the last one. */
function converse({ control }: WorkerProcess, request: WorkerRequest, onStat: (stat: RootfsStat) => void) {
  let last: WorkerMessage | undefined;
  control.write(`${JSON.stringify({ parent: process.pid, request })}\n`);
  let pending = '';
  control.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${pending}${text}`.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      last = JSON.parse(line) as WorkerMessage;
      if ('stat' in last) onStat(last.stat);
    }
  });
  return () => last;
}

/**
 * Passes the input on. A worker that stops reading has its reasons and says them itself: the rest is read and thrown away, so that
 * a client which is still sending gets its answer. An input that breaks off ends the worker.
 */
function feed(child: WorkerProcess, input: Readable | undefined, breakOff: (error: Error) => void): void {
  const stdin = child.input;
  if (input === undefined || stdin === undefined) return;
  stdin.on('error', () => {
    input.unpipe(stdin);
    input.resume();
  });
  input.on('error', breakOff);
  input.on('close', () => {
    if (!input.readableEnded) breakOff(new HakoError('cancelled', 'the archive broke off before its end'));
  });
  input.pipe(stdin);
}

function toError({ code, message, errno }: { code: string; message: string; errno?: string }): HakoError {
  const advice =
    errno === 'ENOSPC' || errno === 'EDQUOT' ? ': no space is left on the device, free some and try again' : '';
  return new HakoError(code as ErrorCode, `${message}${advice}`);
}

function died({ code, signal }: WorkerEnd, complaint: string): HakoError {
  const cause = complaint === '' ? undefined : new Error(complaint);
  if (/heap out of memory|heap limit/.test(complaint))
    return new HakoError('exhausted', `handling the files needs more than ${MAX_HEAP_MIB} MiB of memory: refused`, {
      cause,
    });
  const how = signal === undefined ? `code ${code}` : `signal ${signal}`;
  return new HakoError('internal', `a rootfs worker ended without an answer (${how})`, { cause });
}

function tailOf(stream: Readable): () => string {
  let tail = '';
  stream.on('data', (data: Buffer) => {
    tail = `${tail}${data.toString('utf8')}`.slice(-STDERR_BYTES);
  });
  return () => tail;
}
