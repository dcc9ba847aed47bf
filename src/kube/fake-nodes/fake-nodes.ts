import { log } from '#base';
import { ignoring, type Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { type Client, type Informers, keyOf, splitKey, WorkQueue } from '#kube/client';
import { FAKE_NODE_LABEL, fakeNodeName, registerNode, renewLease } from './nodes.ts';
import { type Pod, pinnedNodes, planPod } from './pod-plan.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const NODES = { group: '', version: 'v1', resource: 'nodes' };
const HEARTBEAT_MS = 10_000;

/** What fake nodes work with. */
export interface FakeNodesOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly count: number;
}

/**
 * Nodes that exist on paper, and a scheduler that deals pods out to them in turn: pods become Running, or Succeeded if they are a job's,
 * and nothing runs. For tests of what lives above nodes, as kwok.
 */
export class FakeNodes implements AsyncDisposable {
  readonly #options: FakeNodesOptions;
  readonly #queue: WorkQueue;
  #heartbeat: NodeJS.Timeout | undefined;
  #subscription: Disposable | undefined;
  #dealt = 0;
  #addresses = 0;

  private constructor(options: FakeNodesOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({ name: 'fake-nodes', workers: 16, reconcile: (key) => this.#reconcile(key) });
  }

  /** Registers the nodes and begins to serve them. */
  static async start(options: FakeNodesOptions): Promise<FakeNodes> {
    const nodes = new FakeNodes(options);
    for (let index = 1; index <= options.count; index++) {
      await registerNode(options.client, fakeNodeName(index), `192.0.2.${index % 254}`, formatTime(Date.now()));
      await renewLease(options.client, fakeNodeName(index), Date.now());
    }
    nodes.#begin();
    return nodes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#subscription?.[Symbol.dispose]();
    await this.#queue[Symbol.asyncDispose]();
  }

  #begin(): void {
    const { informers } = this.#options;
    const add = (pod: Shared<Pod>) => this.#queue.add(keyOf(pod));
    informers.of(NODES);
    this.#subscription = informers.of<Pod>(PODS).handle({ onAdd: add, onUpdate: add });
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  async #beat(): Promise<void> {
    try {
      for (let index = 1; index <= this.#options.count; index++) {
        await renewLease(this.#options.client, fakeNodeName(index), Date.now());
      }
    } catch (error) {
      log.warn('a fake node could not renew its lease', { error });
    }
  }

  async #reconcile(key: string): Promise<undefined> {
    const { informers, client } = this.#options;
    await Promise.all([informers.of(NODES).synced(), informers.of(PODS).synced()]);
    const pod = informers.of<Pod>(PODS).get(key);
    if (pod === undefined) return;
    const plan = planPod(pod, this.#isOurs(pod.spec?.nodeName), this.#nextIp(), formatTime(Date.now()));
    const ref = splitKey(key);
    switch (plan.do) {
      case 'nothing':
        return;
      case 'bind':
        return this.#bind(ref, pinnedNodes(pod));
      case 'remove':
        await gone(client.delete(PODS, ref, { gracePeriodSeconds: 0 }));
        return;
      case 'status':
        await gone(
          client.patch(PODS, ref, { type: 'merge', body: { status: plan.status } }, { subresource: 'status' }),
        );
    }
  }

  async #bind(ref: { namespace: string; name: string }, pinned: readonly string[] | undefined): Promise<undefined> {
    const nodes = pinned?.filter((name) => this.#isOurs(name)) ?? this.#schedulable();
    const node = nodes[this.#dealt++ % Math.max(1, nodes.length)];
    if (node === undefined) return;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: ref,
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    await gone(this.#options.client.create(PODS, binding, { ...ref, subresource: 'binding' }));
  }

  #schedulable(): string[] {
    return this.#options.informers
      .of(NODES)
      .list()
      .filter(
        ({ metadata, spec }) => metadata.labels?.[FAKE_NODE_LABEL] === 'true' && (spec as Spec)?.unschedulable !== true,
      )
      .map(({ metadata }) => metadata.name ?? '')
      .sort();
  }

  #isOurs(name: string | undefined): boolean {
    const node = name === undefined ? undefined : this.#options.informers.of(NODES).get(name);
    return node?.metadata.labels?.[FAKE_NODE_LABEL] === 'true';
  }

  /** An address of the block that no pod of ours has had; it repeats after 65,000. */
  #nextIp(): string {
    const at = this.#addresses++ % 65_024;
    return `10.244.${Math.floor(at / 254)}.${(at % 254) + 1}`;
  }
}

type Spec = { readonly unschedulable?: boolean } | undefined;

/** What is gone, or was done by somebody else meanwhile, is as it should be. */
function gone(work: Promise<unknown>): Promise<void> {
  return ignoring(work, 'NotFound', 'Conflict');
}
