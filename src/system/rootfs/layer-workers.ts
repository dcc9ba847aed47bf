import type { Readable } from 'node:stream';
import type { Commands, Confinement } from './contract.ts';
import { DiedIdle, type LayerRequest, LayerWorker } from './layer-worker.ts';

type Unpack = Commands['unpackLayer'];
type Settle = Commands['settleLayer'];
/** Where a layer is: a file, maybe one that grows as far as the marks say. The file may be gone when they end. */
export interface LayerFile {
  path: string;
  marks?: Readable;
}

/**
 * Workers that unpack one layer after the other: most of what a worker costs is its start. There are as many as unpack at once, and
 * soon none when nothing is to be unpacked.
 */
export class LayerWorkers implements Disposable {
  readonly #idle = new Set<LayerWorker>();

  /** As `callWorker('unpackLayer')`, from a file. */
  async unpack(
    { path, marks }: LayerFile,
    confinement: Confinement,
    parameters: Omit<Unpack['parameters'], 'inputPath' | 'growing' | 'again'>,
    signal?: AbortSignal,
  ): Promise<Unpack['result']> {
    const from = { inputPath: path, growing: marks !== undefined };
    const request = { command: 'unpackLayer', confinement, ...parameters, ...from, again: true } as const;
    return (await this.#run(request, marks, signal)) as Unpack['result'];
  }

  /** What the command `settleLayer` does. */
  async settle(
    confinement: Confinement,
    parameters: Omit<Settle['parameters'], 'again'>,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#run({ command: 'settleLayer', confinement, ...parameters, again: true }, undefined, signal);
  }

  /** Ends those that have no work; whoever works ends when nobody needs it for half a second. */
  [Symbol.dispose](): void {
    for (const worker of this.#idle) worker.end();
    this.#idle.clear();
  }

  async #run(request: LayerRequest, marks: Readable | undefined, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    const worker = this.#take();
    try {
      const result = await worker.run(request, marks, signal);
      this.#keep(worker);
      return result;
    } catch (error) {
      if (!(error instanceof DiedIdle)) throw error;
    }
    return await this.#run(request, marks, signal);
  }

  #take(): LayerWorker {
    const [idle] = this.#idle;
    if (idle === undefined) return new LayerWorker();
    this.#idle.delete(idle);
    idle.rest();
    return idle;
  }

  #keep(worker: LayerWorker): void {
    this.#idle.add(worker);
    const forget = () => this.#idle.delete(worker);
    worker.rest(forget);
  }
}
