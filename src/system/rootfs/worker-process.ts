import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { HakoError } from '#base';
import { type ProgramEnd, reap, socketPair, spawnBare } from '../spawn.ts';

export type WorkerEnd = ProgramEnd;

/** What a worker gets besides its program. */
export interface WorkerSurroundings {
  hasInput: boolean;
  session: 'own' | 'ours';
}

const LONG_MS = 2 ** 30;

/**
 * A Node process with pipes to its standard streams and to descriptor 3. child_process.spawn would fork the daemon and hold up its event
 * loop until the kernel has found a processor for the child: on a machine that unpacks layers that is a tenth of a second.
 */
export class WorkerProcess {
  readonly pid: number;
  /** Standard input, where the program is to have one. */
  readonly input: Writable | undefined;
  readonly output: Readable;
  readonly errors: Readable;
  readonly control: Socket;
  /** Resolves when it has ended and all that it wrote was read. */
  readonly closed: Promise<WorkerEnd>;
  #hasEnded = false;

  /** Throws `unavailable` where it cannot be started. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    { hasInput, session }: WorkerSurroundings,
  ) {
    const [input, output, errors, control] = [
      hasInput ? socketPair() : undefined,
      socketPair(),
      socketPair(),
      socketPair(),
    ];
    const pairs = [input, output, errors, control].filter((pair) => pair !== undefined);
    try {
      const fds = [input?.[1] ?? 'ignore', output[1], errors[1], control[1]] as const;
      this.pid = spawnBare({ path: process.execPath, args, env, cwd: '/', fds, session });
    } catch (cause) {
      for (const [ours] of pairs) closeSync(ours);
      throw new HakoError('unavailable', 'cannot start a rootfs worker', { cause });
    } finally {
      for (const [, theirs] of pairs) closeSync(theirs);
    }
    this.input = input && new Socket({ fd: input[0], readable: false });
    this.control = new Socket({ fd: control[0] });
    const [out, err] = [output, errors].map(([fd]) => new Socket({ fd, writable: false })) as [Socket, Socket];
    this.output = out;
    this.errors = err;
    this.closed = this.#untilClosed([out, err, this.control]);
  }

  kill(): void {
    if (!this.#hasEnded) process.kill(this.pid, 'SIGKILL');
  }

  async #untilClosed(streams: readonly Socket[]): Promise<WorkerEnd> {
    const ended = new Promise<WorkerEnd>((resolve) => {
      // Listening for a signal keeps no event loop alive.
      const alive = setInterval(() => undefined, LONG_MS);
      reap(this.pid, (end) => {
        clearInterval(alive);
        this.#hasEnded = true;
        resolve(end);
      });
    });
    const closed = streams.map((stream) => {
      // What breaks here has ended: how, the process itself tells.
      stream.on('error', () => undefined);
      return new Promise<void>((resolve) => stream.once('close', () => resolve()));
    });
    await Promise.all(closed);
    const end = await ended;
    this.input?.destroy();
    return end;
  }
}
