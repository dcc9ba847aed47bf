import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { badRequest, internalError, unavailable } from '#kube/api';
import { type Decoded, decodeJson } from '../json/decode-json.ts';
import type { YamlReply, YamlRequest } from './yaml-worker.ts';

/** What takes longer is no manifest: three megabytes, the largest body, take two or three seconds. */
const PARSE_TIMEOUT_MS = 15_000;
/** Texts that may wait for the thread; more are refused. */
const MAX_WAITING = 64;
/** Nobody writes long YAML all the time: the thread ends when it had nothing to do for so long. */
const IDLE_MS = 10_000;
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 };

/** Parses and writes long YAML in a thread, one text after the other. The thread is started when it is needed, and ends by itself. */
export class YamlThread {
  readonly #timeoutMs: number;
  #worker: Worker | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(timeoutMs = PARSE_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /** Parses a text; a 400 for what isn't YAML, a 503 when too many wait. */
  async decode(text: string): Promise<Decoded> {
    const reply = await this.#inTurn({ yaml: text });
    if ('wrong' in reply) throw badRequest(reply.wrong);
    if (!('json' in reply)) throw internalError('the thread that reads YAML answered something else');
    return { value: decodeJson(reply.json).value, duplicates: [...reply.duplicates] };
  }

  /** Writes what a JSON text says as YAML. */
  async encode(json: string): Promise<string> {
    const reply = await this.#inTurn({ json });
    if (!('yaml' in reply)) throw internalError('the thread that writes YAML answered something else');
    return reply.yaml;
  }

  async #inTurn(request: YamlRequest): Promise<YamlReply> {
    if (this.#waiting >= MAX_WAITING) throw unavailable('too much long YAML is under way: try again later');
    this.#waiting++;
    const done = this.#tail.then(() => this.#ask(request));
    this.#tail = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      if (--this.#waiting === 0) this.#rest();
    }
  }

  async #ask(request: YamlRequest): Promise<YamlReply> {
    clearTimeout(this.#idle);
    this.#worker ??= startWorker();
    const worker = this.#worker;
    try {
      const answered = once(worker, 'message', { signal: AbortSignal.timeout(this.#timeoutMs) });
      worker.postMessage(request);
      return (await answered)[0] as YamlReply;
    } catch (error) {
      this.#worker = undefined;
      await worker.terminate();
      throw failureOf(error);
    }
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.#worker?.terminate();
      this.#worker = undefined;
    }, IDLE_MS);
    this.#idle.unref();
  }
}

/** One for the whole process. */
export const yamlThread = new YamlThread();

function startWorker(): Worker {
  const worker = new Worker(new URL('./yaml-worker.ts', import.meta.url), { name: 'yaml', resourceLimits: LIMITS });
  // It must not keep the process: whoever waits for it has a connection that does.
  worker.unref();
  worker.on('error', () => undefined);
  return worker;
}

function failureOf(error: unknown): Error {
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'AbortError') return badRequest('the YAML of the body takes too long to read; send JSON', error);
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return badRequest('the YAML of the body takes too much memory to read; send JSON', error);
  }
  return internalError('the thread that reads YAML failed', error);
}
