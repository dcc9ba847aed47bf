import { log } from '#base';
import type { KubeObject, Shared } from '#kube/api';
import { type Informer, keyOf, WorkQueue, type WorkQueueOptions } from '#kube/client';
import type { RunningController } from './contract.ts';

/** What tells a controller of keys: the objects of an informer. */
export interface Source {
  synced(): Promise<void>;
  /** Adds the keys of all objects that are there, and of what changes. */
  feed(add: (key: string) => void): Disposable;
}

/** A queue and what feeds it. */
export interface QueueControllerOptions extends WorkQueueOptions {
  readonly sources: readonly Source[];
  /** Informers that are read but feed nothing: reconciles wait for them too. */
  readonly reads?: readonly { synced(): Promise<void> }[];
  /** Called once when all is known, before the first reconcile. */
  readonly onSynced?: (queue: WorkQueue) => void;
}

/** Keys that changes of an informer's objects are for; unless said, the object's own. */
export function changesOf<T extends KubeObject>(
  informer: Informer<T>,
  keysOf: (object: Shared<T>) => readonly string[] = (object) => [keyOf(object as KubeObject)],
): Source {
  return {
    synced: () => informer.synced(),
    feed: (add) => {
      const addAll = (object: Shared<T>) => {
        for (const key of keysOf(object)) add(key);
      };
      const onUpdate = (object: Shared<T>, old: Shared<T>) => {
        addAll(old);
        addAll(object);
      };
      return informer.handle({ onAdd: addAll, onUpdate, onDelete: addAll });
    },
  };
}

/** Runs a queue that is fed by informers, from the moment they all know their objects. */
export function runQueue(options: QueueControllerOptions): RunningController & { readonly queue: WorkQueue } {
  const queue = new WorkQueue(options);
  const feeds = new DisposableStack();
  let stopped = false;
  const begin = async () => {
    await Promise.all([...options.sources, ...(options.reads ?? [])].map((informer) => informer.synced()));
    if (stopped) return;
    options.onSynced?.(queue);
    for (const source of options.sources) feeds.use(source.feed((key) => queue.add(key)));
  };
  begin().catch((error: unknown) => {
    if (!stopped) log.debug('a controller could not start', { controller: options.name, error });
  });
  return {
    queue,
    async [Symbol.asyncDispose]() {
      stopped = true;
      feeds.dispose();
      await queue[Symbol.asyncDispose]();
    },
  };
}
