import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import { type Informer, keyOf, splitKey } from '#kube/client';
import { EventRecorder, isOver, Loop, PODS, type Pod } from '../common/mod.ts';
import type { ControllerContext, RunningController } from '../contract.ts';
import { claimFor, planClaim, planPodClaims } from './plan.ts';
import {
  type ClaimingPod,
  FINALIZER,
  RESOURCE_CLAIMS,
  type ResourceClaim,
  type ResourceClaimTemplate,
  TEMPLATES,
} from './types.ts';

const POD_PREFIX = 'pod ';
const CLAIM_PREFIX = 'claim ';
const BY_POD = 'pod';

/** Makes the claims of pods from their templates, and frees claims of pods that are done. */
export class ResourceClaims implements RunningController {
  readonly #context: ControllerContext;
  readonly #loop: Loop;
  readonly #pods: Informer<ClaimingPod>;
  readonly #claims: Informer<ResourceClaim>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    const { client, informers, nowMs } = context;
    this.#recorder = new EventRecorder(client, 'resource_claim', nowMs);
    this.#pods = informers.of<ClaimingPod>(PODS);
    this.#claims = informers.of<ResourceClaim>(RESOURCE_CLAIMS).addIndex(BY_POD, podsOf);
    this.#loop = new Loop({ name: 'resource-claim-controller', reconcile: (key) => this.#reconcile(key) });
    this.#loop.handle(this.#pods, {
      onAdd: (pod) => this.#podChanged(pod),
      onUpdate: (pod) => this.#podChanged(pod),
      onDelete: (pod) => this.#lookAtClaimsOf(pod),
    });
    const claimChanged = (claim: Shared<ResourceClaim>) =>
      this.#loop.add(`${CLAIM_PREFIX}${keyOf(claim as KubeObject)}`);
    this.#loop.handle(this.#claims, { onAdd: claimChanged, onUpdate: claimChanged });
    this.#loop.begin();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#loop[Symbol.asyncDispose]();
  }

  #podChanged(pod: Shared<ClaimingPod>): void {
    if ((pod.spec?.resourceClaims?.length ?? 0) === 0) return;
    this.#loop.add(`${POD_PREFIX}${keyOf(pod as KubeObject)}`);
    if (isOver(pod as Shared<Pod>)) this.#lookAtClaimsOf(pod);
  }

  #lookAtClaimsOf(pod: Shared<ClaimingPod>): void {
    for (const claim of this.#claims.byIndex(BY_POD, pod.metadata.uid ?? '')) {
      this.#loop.add(`${CLAIM_PREFIX}${keyOf(claim as KubeObject)}`);
    }
  }

  async #reconcile(key: string): Promise<undefined> {
    if (key.startsWith(POD_PREFIX)) await this.#reconcilePod(key.slice(POD_PREFIX.length));
    else await this.#reconcileClaim(key.slice(CLAIM_PREFIX.length));
  }

  async #reconcilePod(key: string): Promise<void> {
    const pod = this.#pods.get(key);
    if (pod === undefined) return;
    const { create, found } = planPodClaims(pod, this.#claims.byIndex(BY_POD, pod.metadata.uid ?? ''));
    const made = new Map(found);
    for (const { entry, template } of create) made.set(entry, await this.#make(pod, entry, template));
    if (made.size === 0) return;
    const before = pod.status?.resourceClaimStatuses ?? [];
    const added = [...made].map(([name, resourceClaimName]) => ({ name, resourceClaimName }));
    const { uid } = pod.metadata;
    const body = { metadata: { uid }, status: { resourceClaimStatuses: [...before, ...added] } };
    await this.#context.client.patch(PODS, splitKey(key), { type: 'merge', body }, { subresource: 'status' });
  }

  async #make(pod: Shared<ClaimingPod>, entry: string, templateName: string): Promise<string> {
    const { client } = this.#context;
    try {
      const { namespace = '' } = pod.metadata;
      const template = await client.get<ResourceClaimTemplate>(TEMPLATES, { namespace, name: templateName });
      const { metadata } = await client.create(RESOURCE_CLAIMS, claimFor(pod, entry, template));
      return metadata.name ?? '';
    } catch (error) {
      if (isStatusError(error)) {
        const message = `PodResourceClaim ${entry}: ${error.message}`;
        this.#recorder.note(pod as KubeObject, { type: 'Warning', reason: 'FailedResourceClaimCreation', message });
      }
      throw error;
    }
  }

  async #reconcileClaim(key: string): Promise<void> {
    const claim = this.#claims.get(key);
    if (claim === undefined) return;
    const { client } = this.#context;
    const { namespace = '', uid, resourceVersion } = claim.metadata;
    const plan = planClaim(claim, (name) => this.#pods.get(`${namespace}/${name}`) as Shared<Pod> | undefined);
    if (plan.do === 'release') {
      await client.update(
        RESOURCE_CLAIMS,
        { ...(claim as KubeObject), status: plan.status },
        { subresource: 'status' },
      );
    }
    if (plan.do === 'remove-finalizer') {
      const finalizers = claim.metadata.finalizers?.filter((name) => name !== FINALIZER) ?? [];
      const body = { metadata: { resourceVersion, finalizers } };
      await client.patch(RESOURCE_CLAIMS, splitKey(key), { type: 'merge', body });
    }
    if (plan.do === 'delete' && uid !== undefined) {
      await client.delete(RESOURCE_CLAIMS, splitKey(key), { preconditions: { uid } });
    }
  }
}

/** The pods, by uid, that a claim belongs to or is reserved for. */
function podsOf({ metadata, status }: Shared<ResourceClaim>): string[] {
  const owners = (metadata.ownerReferences ?? []).map(({ uid }) => uid);
  const consumers = (status?.reservedFor ?? []).map(({ uid = '' }) => uid);
  return [...new Set([...owners, ...consumers])];
}
