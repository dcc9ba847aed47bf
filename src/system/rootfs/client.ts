import { PassThrough, type Readable } from 'node:stream';
import { HakoError } from '#base';
import type { CommandName, Commands, Confinement, RootfsStat, WorkerMessage, WorkerRequest } from './contract.ts';
import { launchWorker } from './launch.ts';
import { died, readMessages, tailOf, toError } from './messages.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface WorkerOptions {
  /** The archive to be read. */
  input?: Readable;
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
  const child = launchWorker(command, options.input !== undefined);
  const request = { command, confinement, ...parameters } as WorkerRequest;
  return supervise<Commands[Name]['result']>(child, request, options);
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
  readMessages(control, (message) => {
    last = message;
    if ('stat' in message) onStat(message.stat);
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
