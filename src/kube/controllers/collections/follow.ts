import { log } from '#base';
import { type GroupVersionResource, isStatusError, type Status, StatusError } from '#kube/api';
import { backoffMs, type Client, type ObjectSource, pause, sourceOf } from '#kube/client';

/** Who hears of a collection. */
export interface FollowSink {
  readonly onObject: (source: ObjectSource) => void;
  readonly onGone: (source: ObjectSource) => void;
  /** A list is complete: these uids are all there is. */
  readonly onListed: (uids: ReadonlySet<string>) => void;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;

/** A collection that is followed as an informer follows it, but of which nothing is kept. */
export class Follower implements AsyncDisposable {
  readonly #client: Client;
  readonly #resource: GroupVersionResource;
  readonly #sink: FollowSink;
  readonly #stop = new AbortController();
  readonly #listed = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #revision: string | undefined;
  #failures = 0;

  constructor(client: Client, resource: GroupVersionResource, sink: FollowSink) {
    this.#client = client;
    this.#resource = resource;
    this.#sink = sink;
    this.#running = this.#run();
  }

  /** Resolves when the first list is complete, or the follower is disposed. */
  listed(): Promise<void> {
    return this.#listed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#listed.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await (this.#revision === undefined ? this.#list(signal) : this.#watch(this.#revision, signal));
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (isStatusError(error) && error.code === 410) this.#revision = undefined;
        else await this.#retryLater(error, signal);
      }
    }
  }

  async #retryLater(error: unknown, signal: AbortSignal): Promise<void> {
    log.debug('a collection is followed anew', { resource: this.#resource.resource, error });
    await pause(backoffMs(this.#failures++, FIRST_RETRY_MS, MAX_RETRY_MS), signal);
  }

  /** The present objects, and on from there. */
  async #list(signal: AbortSignal): Promise<void> {
    const uids = new Set<string>();
    const events = this.#client.watch(this.#resource, {
      signal,
      allowWatchBookmarks: true,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    });
    for await (const event of events) {
      if (event.type === 'ERROR') throw StatusError.from(event.object as unknown as Status);
      const source = sourceOf(event);
      const { metadata } = source;
      if (this.#revision === undefined && event.type !== 'BOOKMARK') uids.add(metadata.uid ?? '');
      if (event.type === 'BOOKMARK' && metadata.annotations?.['k8s.io/initial-events-end'] === 'true') {
        this.#revision = metadata.resourceVersion;
        this.#sink.onListed(uids);
        this.#listed.resolve();
        uids.clear();
      } else this.#tell(event.type, source);
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const events = this.#client.watch(this.#resource, { signal, allowWatchBookmarks: true, resourceVersion });
    for await (const event of events) {
      if (event.type === 'ERROR') throw StatusError.from(event.object as unknown as Status);
      this.#tell(event.type, sourceOf(event));
    }
  }

  #tell(type: string, source: ObjectSource): void {
    if (this.#revision !== undefined) this.#revision = source.metadata.resourceVersion;
    if (type === 'DELETED') this.#sink.onGone(source);
    else if (type !== 'BOOKMARK') this.#sink.onObject(source);
  }
}
