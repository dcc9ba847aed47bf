import type { KubeObject, Shared } from '#kube/api';
import { type Informer, type InformerHandler, keyOf, type Reconcile, WorkQueue } from '#kube/client';
import type { RunningController } from '../contract.ts';

/** Settings of a controller's loop. */
export interface LoopOptions {
  /** The controller's name, for the log. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** Keys that are worked on at the same time. */
  readonly workers?: number;
}

const RESYNC_MS = 10 * 60_000;

/**
 * The loop of a controller: its queue, and the informers that fill it. Nothing is reconciled before all of these know
 * their objects. Every ten minutes all objects are looked at again, whether or not anything was heard of them.
 */
export class Loop implements RunningController {
  readonly #queue: WorkQueue;
  readonly #informers = new Set<Informer>();
  readonly #subscriptions = new DisposableStack();
  /** Keys that came before the informers were synced; undefined afterwards. */
  #early: Set<string> | undefined = new Set();
  #resync: NodeJS.Timeout | undefined;
  #all: (() => readonly string[]) | undefined;

  constructor(options: LoopOptions) {
    this.#queue = new WorkQueue(options);
  }

  /** Has the key reconciled soon. */
  add(key: string): void {
    if (this.#early === undefined) this.#queue.add(key);
    else this.#early.add(key);
  }

  /** Has the key reconciled after a time. */
  addAfter(key: string, delayMs: number): void {
    if (this.#early === undefined) this.#queue.addAfter(key, delayMs);
    else this.#early.add(key);
  }

  /** Waits for this informer before the loop begins. */
  needs<T extends KubeObject>(informer: Informer<T>): Informer<T> {
    this.#informers.add(informer as unknown as Informer);
    return informer;
  }

  /** Hears of what happens to these objects, until the loop is disposed. */
  handle<T extends KubeObject>(informer: Informer<T>, handler: InformerHandler<T>): void {
    this.#subscriptions.use(this.needs(informer).handle(handler));
  }

  /** The objects that this controller is for: each is reconciled when it changes, and now and then. */
  owns<T extends KubeObject>(informer: Informer<T>): Informer<T> {
    const add = (object: Shared<T>) => this.add(keyOf(object as KubeObject));
    this.handle(informer, { onAdd: add, onUpdate: add, onDelete: add });
    this.#all = () => informer.keys();
    return informer;
  }

  /** Begins to reconcile when the informers are synced. */
  begin(): this {
    void Promise.all([...this.#informers].map((informer) => informer.synced())).then(
      () => this.#opened(),
      // An informer that is disposed before it is synced ends the loop with it.
      () => undefined,
    );
    return this;
  }

  /** Resolves when nothing waits but timers: for tests. */
  drained(): Promise<void> {
    return this.#queue.drained();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#resync);
    this.#subscriptions.dispose();
    await this.#queue[Symbol.asyncDispose]();
  }

  #opened(): void {
    if (this.#subscriptions.disposed) return;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const key of early) this.#queue.add(key);
    this.#resync = setInterval(() => {
      for (const key of this.#all?.() ?? []) this.#queue.add(key);
    }, RESYNC_MS);
    this.#resync.unref();
  }
}
