import { isDeepStrictEqual } from 'node:util';
import { errorMessage, log } from '#base';
import { type GroupVersionResource, isStatusError, type KubeObject, type Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import type { Client } from '#kube/client';
import { type Objects, RESOURCES } from '../objects.ts';

const SCHEMAS: GroupVersionResource = { ...RESOURCES.flowSchemas, version: 'v1' };
/** Changes come in bursts; the condition is for people. */
const PAUSE_MS = 200;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The condition that says whether a flow schema names a priority level that is there. */
function danglingCondition(schema: Shared<KubeObject>, levels: ReadonlySet<string>): Condition {
  const { priorityLevelConfiguration } = (schema.spec ?? {}) as { priorityLevelConfiguration?: { name?: string } };
  const name = priorityLevelConfiguration?.name ?? '';
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
  return levels.has(name)
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${about} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${about} but there is no such object` };
}

/** Keeps the Dangling condition of all flow schemas true, until it is disposed. */
export class FlowSchemaStatus implements AsyncDisposable {
  readonly #objects: Objects;
  readonly #client: Client;
  readonly #subscriptions: readonly Disposable[];
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(objects: Objects, client: Client) {
    this.#objects = objects;
    this.#client = client;
    const wake = () => this.#wake();
    this.#subscriptions = [
      objects.subscribe(RESOURCES.flowSchemas, wake),
      objects.subscribe(RESOURCES.priorityLevels, wake),
    ];
    wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  #wake(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#running.then(() => this.#reconcile());
    }, PAUSE_MS).unref();
  }

  async #reconcile(): Promise<void> {
    const levels = new Set(this.#objects.list(RESOURCES.priorityLevels).map(({ metadata }) => metadata.name ?? ''));
    for (const schema of this.#objects.list(RESOURCES.flowSchemas)) {
      if (this.#stop.signal.aborted) return;
      await this.#correct(schema, danglingCondition(schema, levels));
    }
  }

  async #correct(schema: Shared<KubeObject>, wanted: Condition): Promise<void> {
    const { conditions = [] } = (schema.status ?? {}) as {
      conditions?: readonly (Condition & { lastTransitionTime?: string })[];
    };
    const { lastTransitionTime: _, ...there } = conditions.find(({ type }) => type === 'Dangling') ?? {};
    if (isDeepStrictEqual({ ...there }, { ...wanted })) return;
    const lastTransitionTime = formatTime(Date.now());
    const others = conditions.filter(({ type }) => type !== 'Dangling');
    const body = { status: { conditions: [...others, { ...wanted, lastTransitionTime }] } };
    const ref = { name: schema.metadata.name ?? '' };
    try {
      await this.#client.patch(
        SCHEMAS,
        ref,
        { type: 'merge', body },
        { subresource: 'status', signal: this.#stop.signal },
      );
    } catch (error) {
      // Gone, changed meanwhile: the change has woken us already. Anything else waits for the next change.
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Conflict') || this.#stop.signal.aborted) return;
      log.warn('the status of a flow schema cannot be written', { name: ref.name, error: errorMessage(error) });
    }
  }
}
