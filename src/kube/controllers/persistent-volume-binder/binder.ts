import type { KubeObject, Shared } from '#kube/api';
import { compareQuantities, parseQuantity, semanticEqual } from '#kube/api/values';
import { findObject, type Informer, keyOf } from '#kube/client';
import { CLAIMS, EventRecorder, Loop } from '../common/mod.ts';
import type { ControllerContext, RunningController } from '../contract.ts';
import { requestOf } from './match.ts';
import { planClaim } from './plan-claim.ts';
import { planVolume, type VolumePlan } from './plan-volume.ts';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  CLASSES,
  OLD_PROVISIONER,
  type PersistentVolume,
  type PersistentVolumeClaim,
  PROVISIONER,
  type StorageClass,
  VOLUMES,
} from './types.ts';

const CLAIM_PREFIX = 'claim ';
const VOLUME_PREFIX = 'volume ';

/** Brings claims and volumes together. One at a time, so that no volume is given away twice. */
export class VolumeBinder implements RunningController {
  readonly #context: ControllerContext;
  readonly #loop: Loop;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    const { client, informers, nowMs } = context;
    this.#recorder = new EventRecorder(client, 'persistentvolume-controller', nowMs);
    this.#claims = informers.of<PersistentVolumeClaim>(CLAIMS);
    this.#volumes = informers.of<PersistentVolume>(VOLUMES);
    this.#classes = informers.of<StorageClass>(CLASSES);
    const reconcile = (key: string) => this.#reconcile(key);
    this.#loop = new Loop({ name: 'persistentvolume-binder', workers: 1, reconcile });
    const addClaim = (claim: Shared<PersistentVolumeClaim>) =>
      this.#loop.add(`${CLAIM_PREFIX}${keyOf(claim as KubeObject)}`);
    this.#loop.handle(this.#claims, {
      onAdd: addClaim,
      onUpdate: addClaim,
      onDelete: (claim) => this.#claimGone(claim),
    });
    const addVolume = (volume: Shared<PersistentVolume>) => this.#changed(volume);
    this.#loop.handle(this.#volumes, { onAdd: addVolume, onUpdate: addVolume, onDelete: addVolume });
    const addWaiting = () => this.#lookAtWaiting();
    this.#loop.handle(this.#classes, { onAdd: addWaiting, onUpdate: addWaiting });
    this.#loop.begin();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#loop[Symbol.asyncDispose]();
  }

  #claimGone({ spec }: Shared<PersistentVolumeClaim>): void {
    if (spec?.volumeName) this.#loop.add(`${VOLUME_PREFIX}${spec.volumeName}`);
  }

  #changed(volume: Shared<PersistentVolume>): void {
    this.#loop.add(`${VOLUME_PREFIX}${volume.metadata.name}`);
    const { namespace, name } = volume.spec?.claimRef ?? {};
    if (name !== undefined) this.#loop.add(`${CLAIM_PREFIX}${namespace}/${name}`);
    else this.#lookAtWaiting();
  }

  #lookAtWaiting(): void {
    for (const claim of this.#claims.list()) {
      if (claim.status?.phase !== 'Bound') this.#loop.add(`${CLAIM_PREFIX}${keyOf(claim as KubeObject)}`);
    }
  }

  async #reconcile(key: string): Promise<undefined> {
    if (key.startsWith(VOLUME_PREFIX)) await this.#reconcileVolume(key.slice(VOLUME_PREFIX.length));
    else await this.#reconcileClaim(key.slice(CLAIM_PREFIX.length));
  }

  async #reconcileClaim(key: string): Promise<void> {
    const claim = this.#claims.get(key);
    if (claim === undefined) return;
    const plan = planClaim({ claim, volumes: this.#volumes.list(), classes: this.#classes.list() });
    if (plan.do === 'bind') return this.#bind(plan.volume, claim);
    if (plan.do === 'set-class') {
      const next = structuredClone(claim) as PersistentVolumeClaim;
      await this.#writeClaim({ ...next, spec: { ...next.spec, storageClassName: plan.className } });
      return;
    }
    if (claim.metadata.deletionTimestamp !== undefined && plan.do === 'wait') return;
    if (plan.note !== undefined) this.#recorder.note(claim, plan.note);
    const asked =
      plan.do === 'wait' && plan.provisioner !== undefined ? await this.#ask(claim, plan.provisioner) : claim;
    await this.#writeClaimStatus(asked, { ...asked.status, phase: plan.do === 'lose' ? 'Lost' : 'Pending' });
  }

  /** Says by annotations who is to make a volume. */
  async #ask(claim: Shared<PersistentVolumeClaim>, provisioner: string): Promise<Shared<PersistentVolumeClaim>> {
    if (claim.metadata.annotations?.[PROVISIONER] === provisioner) return claim;
    const next = structuredClone(claim) as PersistentVolumeClaim;
    next.metadata.annotations = {
      ...next.metadata.annotations,
      [OLD_PROVISIONER]: provisioner,
      [PROVISIONER]: provisioner,
    };
    return this.#writeClaim(next);
  }

  /** First the volume says whose it is, then the claim: whoever is cut off in between goes on from there. */
  async #bind(volume: Shared<PersistentVolume>, claim: Shared<PersistentVolumeClaim>): Promise<void> {
    const reserved = await this.#reserve(volume, claim);
    await this.#writeVolumeStatus(reserved, { phase: 'Bound' });
    const bound = await this.#writeBinding(claim, volume.metadata.name ?? '');
    const { accessModes, capacity } = volume.spec ?? {};
    const size = claim.status?.phase === 'Bound' ? (claim.status.capacity ?? capacity) : capacity;
    await this.#writeClaimStatus(bound, { ...bound.status, phase: 'Bound', accessModes, capacity: size });
    this.#noteExpansion(bound, size?.storage);
  }

  async #reserve(
    volume: Shared<PersistentVolume>,
    claim: Shared<PersistentVolumeClaim>,
  ): Promise<Shared<PersistentVolume>> {
    const reference = volume.spec?.claimRef;
    const { namespace = '', name = '', uid = '', resourceVersion = '' } = claim.metadata;
    if (reference?.uid === uid) return volume;
    const next = structuredClone(volume) as PersistentVolume;
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
    next.spec = { ...next.spec, claimRef };
    if (reference === undefined) annotate(next, BOUND_BY_CONTROLLER);
    return this.#context.client.update<PersistentVolume>(VOLUMES, next);
  }

  async #writeBinding(
    claim: Shared<PersistentVolumeClaim>,
    volumeName: string,
  ): Promise<Shared<PersistentVolumeClaim>> {
    const { annotations } = claim.metadata;
    if (claim.spec?.volumeName === volumeName && annotations?.[BIND_COMPLETED] !== undefined) return claim;
    const next = structuredClone(claim) as PersistentVolumeClaim;
    if (claim.spec?.volumeName !== volumeName) annotate(next, BOUND_BY_CONTROLLER);
    annotate(next, BIND_COMPLETED);
    next.spec = { ...next.spec, volumeName };
    return this.#writeClaim(next);
  }

  /** Volumes grow by those who made them. */
  #noteExpansion(claim: Shared<PersistentVolumeClaim>, size: string | undefined): void {
    const capacity = parseQuantity(size ?? '');
    if (capacity === undefined || compareQuantities(requestOf(claim), capacity) <= 0) return;
    const message = 'waiting for an external controller to expand this PVC';
    this.#recorder.note(claim, { type: 'Normal', reason: 'ExternalExpanding', message });
  }

  async #reconcileVolume(name: string): Promise<void> {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return this.#lookAtClaimsOf(name);
    const claim = await this.#claimOf(volume);
    const plan = planVolume(volume, claim);
    const released = plan.release === undefined ? volume : await this.#release(volume, plan.release);
    if (plan.note !== undefined && volume.status?.phase !== plan.phase) this.#recorder.note(volume, plan.note);
    await this.#writeVolumeStatus(released, statusOf(plan));
    const { claimRef } = volume.spec ?? {};
    if (plan.lookAtClaim === true) this.#loop.add(`${CLAIM_PREFIX}${claimRef?.namespace}/${claimRef?.name}`);
  }

  /** A claim whose volume is gone is lost. */
  #lookAtClaimsOf(name: string): void {
    for (const claim of this.#claims.list()) {
      if (claim.spec?.volumeName === name) this.#loop.add(`${CLAIM_PREFIX}${keyOf(claim as KubeObject)}`);
    }
  }

  /** The claim that a volume names; asked for where it is not known, because data may depend on it. */
  async #claimOf({ spec }: Shared<PersistentVolume>): Promise<Shared<PersistentVolumeClaim> | undefined> {
    const { namespace = '', name = '', uid = '' } = spec?.claimRef ?? {};
    if (name === '' || uid === '') return undefined;
    const known = this.#claims.get(`${namespace}/${name}`);
    if (known?.metadata.uid === uid) return known;
    return findObject<PersistentVolumeClaim>(this.#context.client, CLAIMS, { namespace, name });
  }

  async #release(volume: Shared<PersistentVolume>, what: 'all' | 'uid'): Promise<Shared<PersistentVolume>> {
    const next = structuredClone(volume) as PersistentVolume;
    const { claimRef, ...spec } = next.spec ?? {};
    if (what === 'all') {
      next.spec = spec;
      delete next.metadata.annotations?.[BOUND_BY_CONTROLLER];
    } else next.spec = { ...spec, claimRef: { ...claimRef, uid: '' } };
    return this.#context.client.update<PersistentVolume>(VOLUMES, next);
  }

  #writeClaim(claim: PersistentVolumeClaim): Promise<PersistentVolumeClaim> {
    return this.#context.client.update<PersistentVolumeClaim>(CLAIMS, claim);
  }

  async #writeClaimStatus(
    claim: Shared<PersistentVolumeClaim>,
    status: Shared<NonNullable<PersistentVolumeClaim['status']>>,
  ): Promise<void> {
    if (semanticEqual(claim.status, status)) return;
    await this.#context.client.update(CLAIMS, { ...(claim as KubeObject), status }, { subresource: 'status' });
  }

  async #writeVolumeStatus(
    volume: Shared<PersistentVolume>,
    status: NonNullable<PersistentVolume['status']>,
  ): Promise<void> {
    if (volume.status?.phase === status.phase && (volume.status?.message ?? '') === (status.message ?? '')) return;
    await this.#context.client.update(VOLUMES, { ...(volume as KubeObject), status }, { subresource: 'status' });
  }
}

function statusOf({ phase, note }: VolumePlan): NonNullable<PersistentVolume['status']> {
  return note === undefined ? { phase } : { phase, message: note.message };
}

function annotate({ metadata }: KubeObject, name: string): void {
  metadata.annotations = { ...metadata.annotations, [name]: 'yes' };
}
