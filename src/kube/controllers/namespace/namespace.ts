import type { KubeObject, Shared } from '#kube/api';
import { keyOf, type ReconcileResult } from '#kube/client';
import { Loop, PODS, type StatusCondition } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { NAMESPACES } from './active.ts';
import { type DeletionRound, deletionConditions } from './conditions.ts';
import { deletableResources, deleteContents } from './contents.ts';

const FINALIZER = 'kubernetes';
/** Pods go in crowds: their namespace is looked at once for many. */
const GATHER_MS = 50;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 15_000;

/** A namespace, as far as its deletion goes. */
export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: string; conditions?: StatusCondition[] };
}

/** Is it on us to empty this namespace? */
function isOursToEmpty({ metadata, spec }: Shared<Namespace>): boolean {
  return metadata.deletionTimestamp !== undefined && spec?.finalizers?.includes(FINALIZER) === true;
}

function isEmpty({ leftovers, failures, unknown }: DeletionRound): boolean {
  return leftovers.length + failures.length + unknown.length === 0;
}

/** Empties namespaces that are being deleted, and lets go of them. */
class NamespaceDeletion {
  readonly #context: ControllerContext;
  /** Rounds that left something behind, by namespace. */
  readonly #rounds = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { informers, nowMs } = this.#context;
    const namespace = informers.of<Namespace>(NAMESPACES).get(name);
    if (namespace === undefined || !isOursToEmpty(namespace)) {
      this.#rounds.delete(name);
      return undefined;
    }
    const round = await this.#deleteContents(name, signal);
    await this.#writeConditions(name, (conditions) => deletionConditions(conditions, round, nowMs()));
    if (!isEmpty(round)) return { requeueAfterMs: this.#nextRoundMs(name) };
    this.#rounds.delete(name);
    await this.#finalize(name);
    return undefined;
  }

  /** Our own, then what other servers have: who does not answer holds up nobody but the namespace itself. */
  async #deleteContents(name: string, signal: AbortSignal): Promise<DeletionRound> {
    const { client, catalog, others } = this.#context;
    const own = await deleteContents(client, name, deletableResources(catalog.rows()), signal);
    if (others === undefined) return { ...own, unknown: [] };
    const { resources, unknown } = others.namespacedResources();
    const theirs = await deleteContents(others.client, name, resources, signal);
    return {
      leftovers: [...own.leftovers, ...theirs.leftovers],
      failures: [...own.failures, ...theirs.failures],
      unknown,
    };
  }

  async #writeConditions(
    name: string,
    next: (conditions: readonly Shared<StatusCondition>[] | undefined) => readonly Shared<StatusCondition>[],
  ): Promise<void> {
    const { client } = this.#context;
    const live = await client.get<Namespace>(NAMESPACES, { name });
    const conditions = next(live.status?.conditions);
    if (conditions === live.status?.conditions) return;
    const status = { ...live.status, conditions };
    await client.update(NAMESPACES, { ...live, status }, { subresource: 'status' });
  }

  async #finalize(name: string): Promise<void> {
    const { client } = this.#context;
    const live = await client.get<Namespace>(NAMESPACES, { name });
    const finalizers = (live.spec?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    await client.update(NAMESPACES, { ...live, spec: { ...live.spec, finalizers } }, { subresource: 'finalize' });
  }

  /** Objects go when their finalizers are done, of which nobody tells us: later and later. */
  #nextRoundMs(name: string): number {
    const round = this.#rounds.get(name) ?? 0;
    this.#rounds.set(name, round + 1);
    return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(round, 20));
  }
}

/** Upstream's namespace controller. */
export const namespaceController: Controller = {
  name: 'namespace-controller',
  start(context) {
    const { informers } = context;
    const deletion = new NamespaceDeletion(context);
    const loop = new Loop({
      name: 'namespace-controller',
      workers: 10,
      reconcile: (key, signal) => deletion.reconcile(key, signal),
    });
    const namespaces = informers.of<Namespace>(NAMESPACES);
    const add = (namespace: Shared<Namespace>) => {
      if (isOursToEmpty(namespace)) loop.add(keyOf(namespace as KubeObject));
    };
    loop.handle(namespaces, {
      onAdd: add,
      // What we write into its status ourselves is no news.
      onUpdate: (namespace, old) => {
        if (!isOursToEmpty(old)) add(namespace);
      },
    });
    loop.handle(informers.of(PODS), {
      onDelete: ({ metadata: { namespace = '' } }) => {
        const known = namespaces.get(namespace);
        if (known !== undefined && isOursToEmpty(known)) loop.addAfter(namespace, GATHER_MS);
      },
    });
    return loop.begin();
  },
};
