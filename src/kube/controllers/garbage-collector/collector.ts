import {
  groupVersion,
  ignoring,
  type KubeObject,
  type OwnerReference,
  type ResourceDefinition,
  type Shared,
} from '#kube/api';
import { WorkQueue } from '#kube/client';
import { Collections, resourceOf } from '../collections/mod.ts';
import { EventRecorder } from '../common/mod.ts';
import type { ControllerContext, RunningController } from '../contract.ts';
import { FOREGROUND, fits, type Node, ORPHAN, OwnerGraph } from './graph.ts';
import { Owners } from './owners.ts';
import { type ItemFacts, type ItemPlan, type OwnerState, planItem } from './plan.ts';

const MAX_UNRESOLVED = 10_000;

/** Keeps the graph of owners, and removes what nobody owns any more. Keys are uids. */
export class GarbageCollector implements RunningController {
  readonly #context: ControllerContext;
  readonly #owners: Owners;
  readonly #recorder: EventRecorder;
  readonly #graph: OwnerGraph;
  readonly #queue: WorkQueue;
  readonly #collections: Collections;
  /** What came before everything was listed once; undefined afterwards. */
  #early: Set<string> | undefined = new Set();
  /** Nodes that speak of kinds that aren't served now. */
  readonly #unresolved = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    const { client, catalog, nowMs } = context;
    this.#owners = new Owners(client, () => catalog.rows());
    this.#recorder = new EventRecorder(client, 'garbage-collector-controller', nowMs);
    this.#queue = new WorkQueue({ name: 'garbage-collector', workers: 16, reconcile: (uid) => this.#reconcile(uid) });
    this.#graph = new OwnerGraph(
      (uid) => this.#look(uid),
      (dependent, _owner, reference) => this.#noteForeignOwner(dependent, reference),
    );
    this.#collections = new Collections(client, catalog, ({ verbs }) => verbs.includes('delete'), {
      onObject: (row, { metadata }) => this.#graph.observe({ row, metadata }),
      onGone: (_row, { metadata }) => this.#graph.forget(metadata.uid ?? ''),
      onListed: (row, uids) => this.#graph.forgetUnseen(row, uids),
      onResources: () => this.#lookAgain(),
    });
    void this.#begin();
  }

  /** Objects in the graph. */
  get size(): number {
    return this.#graph.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#collections[Symbol.asyncDispose]();
    await this.#queue[Symbol.asyncDispose]();
  }

  async #begin(): Promise<void> {
    await this.#collections.listed();
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const uid of early) this.#queue.add(uid);
  }

  #look(uid: string): void {
    if (this.#early === undefined) this.#queue.add(uid);
    else this.#early.add(uid);
  }

  #lookAgain(): void {
    for (const uid of this.#unresolved) this.#look(uid);
    this.#unresolved.clear();
  }

  /** Looks again when other kinds are served. Of very many only those that are still there, and no more than can be borne. */
  #remember(uid: string): void {
    if (this.#unresolved.size >= MAX_UNRESOLVED) {
      for (const known of this.#unresolved) if (this.#graph.get(known) === undefined) this.#unresolved.delete(known);
    }
    if (this.#unresolved.size < MAX_UNRESOLVED) this.#unresolved.add(uid);
  }

  async #reconcile(uid: string): Promise<undefined> {
    const node = this.#graph.get(uid);
    if (node === undefined) return;
    if (node.row === undefined) await this.#verify(node);
    else if (node.orphaning) await this.#orphan(node, node.row);
    else if (node.foreground) await this.#waitForDependents(node, node.row);
    else await this.#collect(node, node.row);
  }

  /** Somebody calls it an owner, and nobody has seen it: is it there? */
  async #verify(node: Node): Promise<void> {
    const { said } = node;
    if (said === undefined) return;
    let found = await this.#owners.find(said);
    if (found.state === 'absent') found = await this.#owners.findElsewhere(said);
    if (node.row !== undefined || this.#graph.get(node.uid) !== node) return;
    if (found.state === 'present') this.#graph.observe({ row: found.row, metadata: found.object.metadata });
    else if (found.state === 'absent') this.#graph.forget(node.uid);
    else this.#remember(node.uid);
  }

  /** Lets go of all dependents, then of the object. */
  async #orphan(node: Node, row: ResourceDefinition): Promise<void> {
    for (const dependent of [...node.dependents]) {
      if (dependent.row !== undefined) await this.#dropOwners(dependent, dependent.row, [node.uid]);
    }
    await this.#removeFinalizer(node, row, ORPHAN);
  }

  async #waitForDependents(node: Node, row: ResourceDefinition): Promise<void> {
    const blocking = [...node.dependents].filter(({ owners }) =>
      owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion === true),
    );
    if (blocking.length === 0) await this.#removeFinalizer(node, row, FOREGROUND);
    for (const dependent of blocking) if (!dependent.foreground) this.#look(dependent.uid);
  }

  /** Looks at the object itself, and its owners, as they are now. */
  async #collect(node: Node, row: ResourceDefinition): Promise<void> {
    const live = await this.#owners.get(row, node.namespace, node.name, node.uid);
    if (live === undefined) {
      this.#graph.forget(node.uid);
      return;
    }
    const owners: ItemFacts['owners'][number][] = [];
    for (const reference of live.metadata.ownerReferences ?? []) {
      owners.push({ reference, state: await this.#stateOf(reference, node) });
    }
    const plan = planItem({
      metadata: live.metadata,
      owners,
      hasDependents: node.dependents.size > 0,
      hasWaitingDependent: [...node.dependents].some(({ foreground }) => foreground),
    });
    await this.#apply(plan, node, row, live);
  }

  async #stateOf(reference: Shared<OwnerReference>, dependent: Node): Promise<OwnerState> {
    const known = this.#graph.get(reference.uid);
    if (known !== undefined && fits(known, reference, dependent.namespace)) {
      return known.foreground ? 'waiting' : 'present';
    }
    const { apiVersion, kind, name, uid } = reference;
    const found = await this.#owners.find({ apiVersion, kind, name, uid, namespace: dependent.namespace });
    if (found.state === 'unknown') this.#remember(dependent.uid);
    if (found.state !== 'present') return found.state;
    const { deletionTimestamp, finalizers } = found.object.metadata;
    return deletionTimestamp !== undefined && finalizers?.includes(FOREGROUND) === true ? 'waiting' : 'present';
  }

  async #apply(plan: ItemPlan, node: Node, row: ResourceDefinition, live: KubeObject): Promise<void> {
    if (plan.do === 'nothing') return;
    if (plan.do === 'drop-owners') return this.#dropOwners(node, row, plan.uids);
    const current = plan.unblock ? await this.#unblock(node, row, live) : live;
    const { uid, resourceVersion } = current.metadata;
    const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    await ignoring(
      this.#context.client.delete(resourceOf(row), node, { propagationPolicy: plan.policy, preconditions }),
      'NotFound',
    );
  }

  /** Owners that wait for this object wait no more. */
  #unblock(node: Node, row: ResourceDefinition, { metadata }: KubeObject): Promise<KubeObject> {
    const ownerReferences = (metadata.ownerReferences ?? []).map((owner) => ({ ...owner, blockOwnerDeletion: false }));
    const body = { metadata: { resourceVersion: metadata.resourceVersion, ownerReferences } };
    return this.#context.client.patch(resourceOf(row), node, { type: 'merge', body });
  }

  async #dropOwners(node: Node, row: ResourceDefinition, uids: readonly string[]): Promise<void> {
    const live = await this.#owners.get(row, node.namespace, node.name, node.uid);
    const owners = live?.metadata.ownerReferences ?? [];
    const ownerReferences = owners.filter(({ uid }) => !uids.includes(uid));
    if (live === undefined || ownerReferences.length === owners.length) return;
    const body = { metadata: { resourceVersion: live.metadata.resourceVersion, ownerReferences } };
    await ignoring(this.#context.client.patch(resourceOf(row), node, { type: 'merge', body }), 'NotFound');
  }

  async #removeFinalizer(node: Node, row: ResourceDefinition, finalizer: string): Promise<void> {
    const live = await this.#owners.get(row, node.namespace, node.name, node.uid);
    if (live?.metadata.finalizers?.includes(finalizer) !== true) return;
    const finalizers = live.metadata.finalizers.filter((name) => name !== finalizer);
    const body = { metadata: { resourceVersion: live.metadata.resourceVersion, finalizers } };
    await ignoring(this.#context.client.patch(resourceOf(row), node, { type: 'merge', body }), 'NotFound');
  }

  #noteForeignOwner({ row, namespace, name, uid }: Node, owner: Shared<OwnerReference>): void {
    if (row === undefined) return;
    const apiVersion = groupVersion(resourceOf(row));
    const said = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
    this.#recorder.note(
      { apiVersion, kind: row.kind, metadata: { namespace, name, uid } },
      {
        type: 'Warning',
        reason: 'OwnerRefInvalidNamespace',
        message: `ownerRef ${said} does not exist in namespace "${namespace}"`,
      },
    );
  }
}
