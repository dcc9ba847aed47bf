import { ignoring, type KubeObject, type Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { type Informer, keyOf, type ReconcileResult, splitKey } from '#kube/client';
import { EventRecorder, isReady, Loop, NODES, PODS, type Pod } from '../common/mod.ts';
import type { ControllerContext, RunningController } from '../contract.ts';
import { readiness, silentAtMs, unknownConditions } from './conditions.ts';
import { hasEvictionTaint, isEvicting, planTaints } from './taints.ts';
import { LEASE_NAMESPACE, LEASES, type Lease, type Node } from './types.ts';
import { evictionPauseMs, isAllLost, zoneModes, zoneOf } from './zones.ts';

/** Pods by the name of their node. */
export const BY_NODE = 'nodeName';

/** Watches over nodes: says of those that are silent that nobody knows, keeps pods away, and drives them off, zone by zone. */
export class NodeLifecycle implements RunningController {
  readonly #context: ControllerContext;
  readonly #loop: Loop;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #recorder: EventRecorder;
  /** When something was heard of each node, by our own clock: theirs may be wrong. */
  readonly #heardMs = new Map<string, number>();
  /** When the next node of each zone may be emptied. */
  readonly #nextEvictionMs = new Map<string, number>();
  #modes = '';
  #zonesDue: NodeJS.Immediate | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
    const { client, informers, nowMs } = context;
    this.#recorder = new EventRecorder(client, 'node-controller', nowMs);
    this.#nodes = informers.of<Node>(NODES);
    this.#pods = informers.of<Pod>(PODS).addIndex(BY_NODE, ({ spec }) => (spec?.nodeName ? [spec.nodeName] : []));
    this.#loop = new Loop({ name: 'node-lifecycle', workers: 8, reconcile: (key) => this.#reconcile(key) });
    this.#loop.needs(this.#pods);
    this.#loop.owns(this.#nodes);
    this.#loop.handle(this.#nodes, {
      onAdd: (node) => this.#registered(node),
      onUpdate: (node, old) => this.#updated(node, old),
      onDelete: (node) => this.#removed(node),
    });
    this.#loop.handle(informers.of<Lease>(LEASES), {
      onAdd: (lease) => this.#heard(lease),
      onUpdate: (lease, old) => {
        if (lease.spec?.renewTime !== old.spec?.renewTime) this.#heard(lease);
      },
    });
    this.#loop.begin();
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearImmediate(this.#zonesDue);
    return this.#loop[Symbol.asyncDispose]();
  }

  #heard({ metadata: { namespace, name = '' } }: Shared<Lease>): void {
    if (namespace === LEASE_NAMESPACE) this.#heardMs.set(name, this.#context.nowMs());
  }

  #registered(node: Shared<Node>): void {
    const { name = '' } = node.metadata;
    this.#heardMs.set(name, this.#context.nowMs());
    this.#note(node, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    this.#lookAtZones();
  }

  #updated(node: Shared<Node>, old: Shared<Node>): void {
    const { name = '' } = node.metadata;
    if (heartbeat(node) !== heartbeat(old)) this.#heardMs.set(name, this.#context.nowMs());
    if (readiness(node) === readiness(old) && zoneOf(node) === zoneOf(old)) return;
    if (readiness(old) === 'True') this.#note(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    this.#lookAtZones();
  }

  #removed(node: Shared<Node>): void {
    const { name = '' } = node.metadata;
    this.#heardMs.delete(name);
    this.#note(node, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
    this.#lookAtZones();
  }

  /** When a zone is lost or comes back, what was decided about all nodes is decided anew. Many nodes may come at once: later, once. */
  #lookAtZones(): void {
    this.#zonesDue ??= setImmediate(() => {
      this.#zonesDue = undefined;
      const modes = JSON.stringify([...zoneModes(this.#nodes.list())].map(([zone, { mode }]) => [zone, mode]));
      if (modes === this.#modes) return;
      this.#modes = modes;
      for (const node of this.#nodes.list()) this.#loop.add(keyOf(node as KubeObject));
    });
  }

  async #reconcile(name: string): Promise<ReconcileResult | undefined> {
    const node = this.#nodes.get(name);
    if (node === undefined) return this.#removeLease(name);
    const nowMs = this.#context.nowMs();
    const silentMs = silentAtMs(node, this.#heardMs.get(name) ?? nowMs);
    const conditions = nowMs > silentMs ? unknownConditions(node, nowMs) : undefined;
    if (conditions !== undefined) {
      // The update brings us back here.
      await this.#writeConditions(node, conditions);
      return undefined;
    }
    const { evict, waitMs } = this.#mayEvict(node, nowMs);
    const taints = planTaints(node, evict, nowMs);
    if (taints !== undefined) await this.#writeTaints(node, taints);
    if (readiness(node) !== 'True') await this.#markPodsNotReady(name);
    const untilSilentMs = nowMs > silentMs ? [] : [silentMs - nowMs + 1];
    const waits = [...untilSilentMs, ...(waitMs === undefined ? [] : [waitMs])];
    return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
  }

  /** May the node be emptied now, and if not, when to ask again? */
  #mayEvict(node: Shared<Node>, nowMs: number): { readonly evict: boolean; readonly waitMs?: number } {
    const ready = readiness(node);
    if (ready === 'True' || ready === undefined) return { evict: false };
    const modes = zoneModes(this.#nodes.list());
    if (isAllLost(modes)) return { evict: false };
    // One taint takes the other's place at once: the node is being emptied already.
    if (isEvicting(node) || hasEvictionTaint(node)) return { evict: true };
    const zone = zoneOf(node);
    const pauseMs = evictionPauseMs(zone, modes);
    if (pauseMs === 'never') return { evict: false };
    const nextMs = this.#nextEvictionMs.get(zone) ?? 0;
    if (nowMs < nextMs) return { evict: false, waitMs: nextMs - nowMs };
    this.#nextEvictionMs.set(zone, nowMs + pauseMs);
    return { evict: true };
  }

  async #writeConditions(node: Shared<Node>, conditions: readonly unknown[]): Promise<void> {
    const status = { ...node.status, conditions };
    await this.#context.client.update(NODES, { ...(node as KubeObject), status }, { subresource: 'status' });
  }

  async #writeTaints({ metadata }: Shared<Node>, taints: readonly unknown[]): Promise<void> {
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { taints } };
    await this.#context.client.patch(NODES, { name: metadata.name ?? '' }, { type: 'merge', body });
  }

  /** Services send nothing to pods of which nobody knows. */
  async #markPodsNotReady(nodeName: string): Promise<void> {
    for (const pod of this.#pods.byIndex(BY_NODE, nodeName)) {
      if (!isReady(pod)) continue;
      const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(this.#context.nowMs()) };
      const body = { status: { conditions: [condition] } };
      await ignoring(
        this.#context.client.patch(PODS, refOf(pod), { type: 'strategic', body }, { subresource: 'status' }),
        'NotFound',
      );
      this.#recorder.note(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
    }
  }

  /** The lease of a node that is gone says nothing any more. */
  async #removeLease(name: string): Promise<undefined> {
    const lease = this.#context.informers.of<Lease>(LEASES).get(`${LEASE_NAMESPACE}/${name}`);
    const uid = lease?.metadata.uid;
    if (uid === undefined || this.#nodes.get(name) !== undefined) return;
    await ignoring(
      this.#context.client.delete(LEASES, { namespace: LEASE_NAMESPACE, name }, { preconditions: { uid } }),
      'NotFound',
    );
  }

  #note(node: Shared<Node>, reason: string, message: string): void {
    this.#recorder.note(node as KubeObject, { type: 'Normal', reason, message });
  }
}

function heartbeat({ status }: Shared<Node>): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime ?? '';
}

function refOf(pod: Shared<Pod>) {
  return splitKey(keyOf(pod as KubeObject));
}
