import type { Readable } from 'node:stream';
import { HakoError } from '#base';
import type { WorkerRequest } from './contract.ts';
import { growthMark } from './growing.ts';
import { launchWorker } from './launch.ts';
import { died, readMessages, tailOf, toError } from './messages.ts';

/** How long a worker without work is kept: an image's next layer comes sooner. */
const IDLE_MS = 500;

/** What a worker for layers is asked for. */
export type LayerRequest = Extract<WorkerRequest, { command: 'unpackLayer' | 'settleLayer' }>;

/** A worker died after its last answer: of the request that it was sent then nothing is done yet. */
export class DiedIdle extends Error {}

/** One process. A request that fails is its last one. */
export class LayerWorker {
  readonly #process = launchWorker('unpackLayer', true);
  readonly #complaint = tailOf(this.#process.errors);
  #work: PromiseWithResolvers<unknown> | undefined;
  #begun = Promise.withResolvers<void>();
  #isIdle = false;
  #ended: Error | undefined;
  #onRestOver: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#process.output.resume();
    this.#process.input?.on('error', () => undefined);
    readMessages(this.#process.control, (message) => {
      if ('begun' in message) this.#begin();
      else if ('result' in message) this.#succeed(message.result);
      else if ('error' in message) this.#ended = toError(message.error);
    });
    void this.#process.closed.then((end) => {
      this.#ended ??= this.#isIdle ? new DiedIdle() : died(end, this.#complaint());
      this.#work?.reject(this.#ended);
      this.#onRestOver?.();
    });
  }

  async run(request: LayerRequest, marks: Readable | undefined, signal: AbortSignal | undefined): Promise<unknown> {
    this.#work = Promise.withResolvers<unknown>();
    this.#begun = Promise.withResolvers<void>();
    const end = (reason: Error) => {
      this.#work?.reject(reason);
      this.end();
    };
    const cancel = () => end(new HakoError('cancelled', 'the work was cancelled'));
    signal?.addEventListener('abort', cancel, { once: true });
    marks?.on('error', end);
    try {
      this.#process.control.write(`${JSON.stringify({ parent: process.pid, request })}\n`);
      if (marks !== undefined) this.#passOn(marks).catch(end);
      return await this.#work.promise;
    } catch (error) {
      // Nobody may touch what it worked on as long as it lives.
      await this.#process.closed;
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      marks?.off('error', end);
      this.#work = undefined;
    }
  }

  #begin(): void {
    this.#isIdle = false;
    this.#begun.resolve();
  }

  #succeed(result: unknown): void {
    this.#isIdle = true;
    this.#work?.resolve(result);
  }

  /** Not before it begins: what one worker was told another one could not be told again. */
  async #passOn(marks: Readable): Promise<void> {
    await this.#begun.promise;
    for await (const mark of marks) this.#process.input?.write(mark);
    this.#process.input?.write(growthMark());
  }

  /** From now on it waits: not for long, and then `onOver` is called. Without `onOver` it is needed again. */
  rest(onOver?: () => void): void {
    clearTimeout(this.#timer);
    this.#onRestOver = onOver;
    if (onOver === undefined) return;
    this.#timer = setTimeout(() => {
      onOver();
      this.end();
    }, IDLE_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#process.kill();
  }
}
