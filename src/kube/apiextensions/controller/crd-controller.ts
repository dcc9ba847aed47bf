import { log } from '#base';
import type { Shared } from '#kube/api';
import { type Client, type Informer, type Informers, WorkQueue } from '#kube/client';
import { cloneJson } from '#kube/codec';
import type { ConversionClient } from '../conversion/conversion-client.ts';
import type { CrdNames, CrdStatus, CustomResourceDefinition } from '../types.ts';
import { approvalCondition } from './approval.ts';
import { deleteObjects } from './cleanup.ts';
import { isTrue, setCondition } from './conditions.ts';
import { CRDS, type CustomResourceHost } from './host.ts';
import { acceptNames, takenNames } from './names.ts';

/** What a controller is made of. */
export interface CrdControllerOptions {
  readonly host: CustomResourceHost;
  readonly client: Client;
  readonly informers: Informers;
  readonly conversions: ConversionClient;
  readonly nowMs?: () => number;
}

type RowOf = typeof import('../resource/custom-resource.ts').customResource;

/**
 * Follows the CRDs: gives them their names, serves their resources, and clears up behind those that are deleted. A resource is served
 * before its CRD says Established, so whoever waits for that never meets a 404.
 */
export class CrdController implements AsyncDisposable {
  readonly #options: CrdControllerOptions;
  readonly #crds: Informer<CustomResourceDefinition>;
  readonly #queue: WorkQueue;
  /** What is served of each CRD: the text of all that its row is made from. */
  readonly #served = new Map<string, { readonly group: string; readonly plural: string; readonly state: string }>();
  /** Names that were given a moment ago, which the informer may not have seen yet. */
  readonly #accepted = new Map<string, { readonly uid: string; readonly names: CrdNames }>();
  #handling: Disposable | undefined;
  /** Loaded with the first CRD. */
  #rowOf: RowOf | undefined;

  private constructor(options: CrdControllerOptions) {
    this.#options = options;
    this.#crds = options.informers.of<CustomResourceDefinition>(CRDS);
    // One at a time: names are given in an order.
    this.#queue = new WorkQueue({ name: 'crd', workers: 1, reconcile: (name) => this.#reconcile(name) });
  }

  /** Resolves when all CRDs that are established are served. */
  static async start(options: CrdControllerOptions): Promise<CrdController> {
    const controller = new CrdController(options);
    await controller.#crds.synced();
    for (const crd of controller.#crds.list()) {
      if (isTrue(crd.status as CrdStatus | undefined, 'Established')) await controller.#serve(ownCopy(crd));
    }
    controller.#handling = controller.#crds.handle({
      onAdd: (crd) => controller.#queue.add(crd.metadata.name ?? ''),
      onUpdate: (crd) => controller.#changed(crd),
      onDelete: (crd) => controller.#queue.add(crd.metadata.name ?? ''),
    });
    return controller;
  }

  /** A change of what is served is served at once; names and conditions have time. */
  #changed(crd: Shared<CustomResourceDefinition>): void {
    if (this.#rowOf !== undefined && isTrue(crd.status as CrdStatus | undefined, 'Established')) {
      this.#serveBy(this.#rowOf, ownCopy(crd));
    }
    this.#queue.add(crd.metadata.name ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#handling?.[Symbol.dispose]();
    await this.#queue[Symbol.asyncDispose]();
  }

  async #reconcile(name: string): Promise<{ requeueAfterMs: number } | undefined> {
    const shared = this.#crds.get(name);
    if (shared === undefined) return this.#forget(name);
    const crd = ownCopy(shared);
    if (crd.metadata.deletionTimestamp !== undefined) {
      await this.#serveIfEstablished(crd);
      return deleteObjects(this.#options, crd);
    }
    const status = this.#statusOf(crd);
    const changed = JSON.stringify(status) !== JSON.stringify(crd.status ?? {});
    crd.status = status;
    await this.#serveIfEstablished(crd);
    if (changed) await this.#options.client.update(CRDS, crd, { subresource: 'status' });
    return undefined;
  }

  /** The status with the names that the CRD has now, and the conditions that follow. */
  #statusOf(crd: CustomResourceDefinition): CrdStatus {
    const nowMs = (this.#options.nowMs ?? Date.now)();
    const status: CrdStatus = { ...crd.status };
    const { accepted, verdict } = acceptNames(crd.spec.names, status.acceptedNames ?? {}, this.#takenBesides(crd));
    this.#accepted.set(crd.metadata.name ?? '', { uid: crd.metadata.uid ?? '', names: accepted });
    status.acceptedNames = accepted;
    setCondition(status, verdict, nowMs);
    if (!isTrue(status, 'Established')) {
      const established =
        verdict.status === 'True'
          ? ({
              status: 'True',
              reason: 'InitialNamesAccepted',
              message: 'the initial names have been accepted',
            } as const)
          : ({ status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' } as const);
      setCondition(status, { type: 'Established', ...established }, nowMs);
    }
    const approval = approvalCondition(crd);
    if (approval !== undefined) setCondition(status, approval, nowMs);
    return status;
  }

  #takenBesides({ metadata, spec: { group } }: CustomResourceDefinition) {
    const others: Partial<CrdNames>[] = [];
    for (const other of this.#crds.list()) {
      const { name = '', uid } = other.metadata;
      if (other.spec.group !== group || name === metadata.name) continue;
      const given = this.#accepted.get(name);
      others.push(given?.uid === uid ? (given?.names ?? {}) : ((other.status?.acceptedNames ?? {}) as CrdNames));
    }
    for (const row of this.#options.host.catalog.rows()) {
      if (row.group !== group || row.custom === true) continue;
      const { plural, singular, kind, shortNames = [] } = row;
      others.push({ plural, singular, kind, listKind: row.listKind ?? `${kind}List`, shortNames: [...shortNames] });
    }
    return takenNames(others);
  }

  async #serveIfEstablished(crd: CustomResourceDefinition): Promise<void> {
    if (isTrue(crd.status, 'Established')) await this.#serve(crd);
  }

  async #serve(crd: CustomResourceDefinition): Promise<void> {
    this.#rowOf ??= (await import('../resource/custom-resource.ts')).customResource;
    this.#serveBy(this.#rowOf, crd);
  }

  #serveBy(rowOf: RowOf, crd: CustomResourceDefinition): void {
    const { host, conversions } = this.#options;
    const { name = '', uid, generation, deletionTimestamp } = crd.metadata;
    const { group, names } = crd.spec;
    const state = JSON.stringify([uid, generation, deletionTimestamp !== undefined, crd.status?.acceptedNames]);
    if (this.#served.get(name)?.state === state) return;
    const present = host.catalog.row(group, names.plural);
    if (present !== undefined && present.custom !== true) return;
    try {
      host.catalog.set(rowOf(crd, conversions));
    } catch (error) {
      log.error('a custom resource cannot be served', { crd: name, error });
      return;
    }
    this.#served.set(name, { group, plural: names.plural, state });
  }

  /** The CRD is gone: so is its resource, and who waited for its names may have them. */
  #forget(name: string): undefined {
    this.#accepted.delete(name);
    const served = this.#served.get(name);
    this.#served.delete(name);
    if (served === undefined) return;
    const row = this.#options.host.catalog.remove(served.group, served.plural);
    if (row !== undefined) this.#options.host.stores.drop(row);
    for (const other of this.#crds.list()) {
      if (other.spec.group === served.group) this.#queue.add(other.metadata.name ?? '');
    }
  }
}

/** Objects of informers are shared; this one may be changed. */
function ownCopy(crd: Shared<CustomResourceDefinition>): CustomResourceDefinition {
  return cloneJson(crd) as CustomResourceDefinition;
}
