import { tooManyRequests } from '#kube/api';
import type { RequestInfo, UserInfo } from '../contract.ts';
import { type Objects, RESOURCES } from '../objects.ts';
import { defaultFlowSchemas, defaultPriorityLevels } from './defaults.ts';
import type { FairQueue, FairQueues, Waiter } from './fair-queues.ts';
import { type FlowSchema, matchesRequest, readFlowSchema, rulesAbout } from './flow-schema.ts';
import { PriorityLevel, readPriorityLevel } from './priority-level.ts';

/** How much the server does at a time. */
export interface FairnessOptions {
  readonly objects: Objects;
  /** Seats for all levels together. Default: upstream's 600. */
  readonly concurrency?: number;
  /** How long a request waits for a seat. Default: upstream's quarter of a minute. */
  readonly maxWaitMs?: number;
  /** Monotonic milliseconds. */
  readonly monotonicMs?: () => number;
}

/** What counts of one flow schema. */
export interface FlowCounters {
  readonly flowSchema: string;
  readonly priorityLevel: string;
  dispatched: number;
  /** By reason: `concurrency-limit`, `queue-full`, `time-out`, `cancelled`. */
  readonly rejected: Record<RejectReason, number>;
}

/** Why a request got no seat, as the metrics say it. */
export type RejectReason = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

/** What one level is doing. */
export interface LevelState {
  readonly priorityLevel: string;
  readonly nominalSeats: number;
  readonly executing: number;
  readonly waiting: number;
}

/** A request that may run. */
export interface Seat {
  /** For the headers `X-Kubernetes-PF-FlowSchema-UID` and `-PriorityLevel-UID`. */
  readonly flowSchemaUid: string;
  readonly priorityLevelUid: string;
  /** Gives the seat back; more calls than one do nothing. */
  readonly release: () => void;
}

interface Classified {
  readonly schema: FlowSchema;
  readonly level: PriorityLevel;
  readonly counters: FlowCounters;
}

interface Candidate extends Classified {
  readonly rules: ReturnType<typeof rulesAbout>;
}

/** What runs as long as its client wants, and would keep a seat for ever. */
const LONG_RUNNING: ReadonlySet<string> = new Set(['attach', 'exec', 'portforward', 'proxy', 'log']);

/** True for requests that take no seat. Watches take one until they have begun. */
export function isLongRunning({ verb, subresource }: RequestInfo): boolean {
  return verb === 'proxy' || LONG_RUNNING.has(subresource);
}

/**
 * API priority and fairness: each request belongs to a flow of a priority level, each level has its seats, and flows of a level share
 * them fairly. While a level has free seats, a request costs a look-up and a count.
 */
export class Fairness implements Disposable {
  readonly #objects: Objects;
  readonly #concurrency: number;
  readonly #maxWaitMs: number;
  readonly #monotonicMs: () => number;
  readonly #subscriptions: readonly Disposable[];
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #counters = new Map<string, FlowCounters>();
  #flows: readonly Classified[] | undefined;
  /** Which schemas are about a user: users are the same objects as long as their credentials are. */
  #candidates = new WeakMap<UserInfo, readonly Candidate[]>();

  constructor(options: FairnessOptions) {
    this.#objects = options.objects;
    this.#concurrency = options.concurrency ?? 600;
    this.#maxWaitMs = options.maxWaitMs ?? 15_000;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    const forget = () => {
      this.#flows = undefined;
    };
    this.#subscriptions = [
      this.#objects.subscribe(RESOURCES.flowSchemas, forget),
      this.#objects.subscribe(RESOURCES.priorityLevels, forget),
    ];
  }

  /**
   * Waits for a seat; at once where one is free. Rejects with a 429 (retry after a second) when there is none and the queue is full or the
   * wait is over, and when the client goes away meanwhile: `gone` is called by those who wait alone. What runs long takes no seat; a watch
   * gives its own back once it has begun.
   */
  admit(info: RequestInfo, user: UserInfo, gone?: () => AbortSignal): Seat | Promise<Seat> {
    const flow = this.#classify(info, user);
    const { level } = flow;
    const { queues } = level;
    if (level.configuration.isExempt || isLongRunning(info)) return this.#pass(flow);
    const isFree = this.#hasSeat(level);
    if (queues === undefined) {
      if (isFree) return this.#sit(flow, undefined, undefined);
      throw this.#reject(flow, 'concurrency-limit');
    }
    if (isFree && level.executing < level.nominal / 2) return this.#sit(flow, undefined, undefined);
    // Busy: from here on it matters who had how much.
    const queue = queues.pick(flowNameOf(flow.schema, info, user));
    if (isFree && queues.waiting === 0) {
      queues.begin(queue);
      return this.#sit(flow, queues, queue);
    }
    return this.#wait(flow, queues, queue, gone?.());
  }

  /** What each flow schema has had since the start. */
  counters(): readonly FlowCounters[] {
    return [...this.#counters.values()];
  }

  levels(): readonly LevelState[] {
    this.#load();
    return [...this.#levels.values()].map((level) => ({
      priorityLevel: level.configuration.name,
      nominalSeats: level.nominal,
      executing: level.executing,
      waiting: level.queues?.waiting ?? 0,
    }));
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #classify(info: RequestInfo, user: UserInfo): Classified {
    const flows = this.#load();
    let candidates = this.#candidates.get(user);
    if (candidates === undefined) {
      candidates = flows.flatMap((flow) => {
        const rules = rulesAbout(flow.schema, user);
        return rules.length === 0 ? [] : [{ ...flow, rules }];
      });
      this.#candidates.set(user, candidates);
    }
    for (const candidate of candidates) if (matchesRequest(candidate.rules, info)) return candidate;
    return flows.at(-1) as Classified;
  }

  /** The flow schemas in order, the one for what nobody else wants last. */
  #load(): readonly Classified[] {
    if (this.#flows !== undefined) return this.#flows;
    const configurations = withDefaults(this.#objects, RESOURCES.priorityLevels, defaultPriorityLevels).map(
      readPriorityLevel,
    );
    const names = new Set(configurations.map(({ name }) => name));
    for (const [name, level] of this.#levels) if (!names.has(name) && level.executing === 0) this.#levels.delete(name);
    for (const configuration of configurations) this.#configure(configuration);
    const shares = configurations.reduce((sum, one) => sum + one.shares, 0);
    for (const { name } of configurations) this.#levels.get(name)?.setSeats(this.#concurrency, shares);
    const schemas = withDefaults(this.#objects, RESOURCES.flowSchemas, defaultFlowSchemas)
      .map(readFlowSchema)
      .filter(({ level }) => names.has(level))
      .sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
    // Whatever anybody configures, what nobody else wants goes to catch-all.
    const ordered = [
      ...schemas.filter(({ name }) => name !== 'catch-all'),
      ...schemas.filter(({ name }) => name === 'catch-all'),
    ];
    this.#candidates = new WeakMap();
    this.#flows = ordered.map((schema) => ({
      schema,
      level: this.#levels.get(schema.level) as PriorityLevel,
      counters: this.#countersOf(schema),
    }));
    return this.#flows;
  }

  #configure(configuration: ReturnType<typeof readPriorityLevel>): void {
    const level = this.#levels.get(configuration.name);
    if (level === undefined) {
      this.#levels.set(configuration.name, new PriorityLevel(configuration));
      return;
    }
    const old = level.configure(configuration);
    // Their queues are no more; they have waited already.
    for (let waiter = old?.next(); waiter !== undefined; waiter = old?.next()) waiter.start();
  }

  #countersOf({ name, level }: FlowSchema): FlowCounters {
    const key = `${level}/${name}`;
    let counters = this.#counters.get(key);
    if (counters === undefined) {
      const rejected = { 'concurrency-limit': 0, 'queue-full': 0, 'time-out': 0, cancelled: 0 };
      counters = { flowSchema: name, priorityLevel: level, dispatched: 0, rejected };
      this.#counters.set(key, counters);
    }
    return counters;
  }

  /** A seat of its own, or one that others lend: none that they keep for themselves, and not more than there are. */
  #hasSeat(level: PriorityLevel): boolean {
    if (level.executing < level.nominal) {
      return level.executing < level.kept || this.#isBelowTotal();
    }
    if (level.executing >= level.max) return false;
    let used = 0;
    for (const other of this.#levels.values()) {
      if (other.configuration.isExempt) continue;
      used += other === level ? other.executing : Math.max(other.executing, other.kept);
    }
    return used < this.#concurrency;
  }

  #isBelowTotal(): boolean {
    let used = 0;
    for (const level of this.#levels.values()) if (!level.configuration.isExempt) used += level.executing;
    return used < this.#concurrency;
  }

  /** Lets a request through that needs no seat. */
  #pass({ schema, level, counters }: Classified): Seat {
    counters.dispatched++;
    return { flowSchemaUid: schema.uid, priorityLevelUid: level.configuration.uid, release: nothing };
  }

  #sit({ schema, level, counters }: Classified, queues: FairQueues | undefined, queue: FairQueue | undefined): Seat {
    level.executing++;
    counters.dispatched++;
    const startMs = queue === undefined ? 0 : this.#monotonicMs();
    let isOver = false;
    const release = () => {
      if (isOver) return;
      isOver = true;
      level.executing--;
      if (queue !== undefined) queues?.end(queue, this.#monotonicMs() - startMs);
      this.#startWaiting(level);
    };
    return { flowSchemaUid: schema.uid, priorityLevelUid: level.configuration.uid, release };
  }

  /** Starts who waits: of this level first, then of those that may borrow what it left. */
  #startWaiting(freed: PriorityLevel): void {
    this.#startOf(freed);
    for (const level of this.#levels.values()) if (level !== freed) this.#startOf(level);
  }

  #startOf(level: PriorityLevel): void {
    const { queues } = level;
    while (queues !== undefined && queues.waiting > 0 && this.#hasSeat(level)) queues.next()?.start();
  }

  #wait(flow: Classified, queues: FairQueues, queue: FairQueue, signal: AbortSignal | undefined): Promise<Seat> {
    const { promise, resolve, reject } = Promise.withResolvers<Seat>();
    const stop = (reason: RejectReason) => {
      if (!queues.remove(queue, waiter)) return;
      finish();
      reject(this.#reject(flow, reason));
    };
    const cancel = () => stop('cancelled');
    const timer = setTimeout(stop, this.#maxWaitMs, 'time-out');
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
    const waiter: Waiter = {
      start: () => {
        finish();
        resolve(this.#sit(flow, queues, queue));
      },
    };
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted === true || !queues.add(queue, waiter)) {
      finish();
      throw this.#reject(flow, signal?.aborted === true ? 'cancelled' : 'queue-full');
    }
    this.#startOf(flow.level);
    return promise;
  }

  #reject({ counters }: Classified, reason: RejectReason) {
    counters.rejected[reason]++;
    return tooManyRequests('too many requests, please try again later', 1);
  }
}

function nothing(): void {}

/** Requests of one flow share its queues' fate. */
function flowNameOf({ name, distinguisher }: FlowSchema, { namespace }: RequestInfo, user: UserInfo): string {
  if (distinguisher === undefined) return name;
  return `${name}\n${distinguisher === 'ByUser' ? user.name : namespace}`;
}

/** What is configured; the two mandatory objects count also while nobody has made them. */
function withDefaults(
  objects: Objects,
  resource: (typeof RESOURCES)['flowSchemas' | 'priorityLevels'],
  defaults: () => ReturnType<typeof defaultFlowSchemas>,
) {
  const found = objects.list(resource);
  const names = new Set(found.map(({ metadata }) => metadata.name));
  const mandatory = defaults().filter(
    ({ metadata: { name } }) => (name === 'exempt' || name === 'catch-all') && !names.has(name),
  );
  return [...found, ...mandatory];
}
