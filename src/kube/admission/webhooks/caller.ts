import { internalError, type KubeObject, type Shared } from '#kube/api';
import { messageOf } from '../common/refuse.ts';
import type { AdmissionAttributes } from '../contract.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';
import type { MatchedResource } from '../matching/rules.ts';
import type { AdmissionObserver, WebhookCall } from '../observer.ts';
import type { Hook } from './hook.ts';
import type { HttpsWebhookClient } from './https-client.ts';
import { noDryRun, rejection } from './rejection.ts';
import { type Decision, makeReview, readDecision } from './review.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;
const HARMLESS: readonly (string | undefined)[] = ['None', 'NoneOnDryRun'];

/** A webhook that is to be asked about a request, and where it stands among those of its kind. */
export interface Call {
  readonly hook: Hook;
  readonly matched: MatchedResource;
  readonly index: number;
  /** Mutating webhooks may be asked twice: 0, then 1. */
  readonly round: number;
  readonly mutating: boolean;
}

/** Asks webhooks, and decides what it means when one does not answer. */
export class WebhookCaller {
  readonly #client: HttpsWebhookClient;
  readonly #types: ResourceTypes;
  readonly #observer: AdmissionObserver | undefined;

  constructor(client: HttpsWebhookClient, types: ResourceTypes, observer?: AdmissionObserver) {
    this.#client = client;
    this.#types = types;
    this.#observer = observer;
  }

  /** The webhook's decision; undefined: it failed, and may. Throws a StatusError (500) when it failed and must not. */
  async ask(call: Call, attributes: AdmissionAttributes): Promise<Decision | undefined> {
    const { hook, index, round, mutating } = call;
    const startMs = performance.now();
    const tell = (outcome: WebhookCall['outcome'], code: number) =>
      this.#observer?.webhook({
        name: hook.name,
        type: mutating ? 'admit' : 'validating',
        operation: attributes.operation,
        seconds: (performance.now() - startMs) / 1000,
        outcome,
        code,
      });
    if (attributes.dryRun && !HARMLESS.includes(hook.webhook.sideEffects)) throw noDryRun(hook);
    try {
      const decision = await this.#ask(call, attributes);
      for (const warning of decision.warnings) attributes.warn(warning);
      for (const [key, value] of decision.auditAnnotations) attributes.annotate(`${hook.name}/${key}`, value);
      if (decision.allowed) tell('allowed', 200);
      else tell('denied', rejection(hook, decision).code);
      return decision;
    } catch (error) {
      if (hook.webhook.failurePolicy !== 'Ignore' || attributes.signal.aborted) {
        tell('failed', 500);
        throw internalError(`failed calling webhook "${hook.name}": ${messageOf(error)}`, error);
      }
      tell('failedOpen', 200);
      const kind = mutating ? `mutation.webhook.admission.k8s.io/round_${round}_index_${index}` : undefined;
      attributes.annotate(
        `failed-open.${kind ?? `validating.webhook.admission.k8s.io/round_0_index_${index}`}`,
        hook.name,
      );
      return undefined;
    }
  }

  async #ask({ hook, matched, mutating }: Call, attributes: AdmissionAttributes): Promise<Decision> {
    const { webhook } = hook;
    const review = makeReview(webhook.admissionReviewVersions ?? [], attributes, matched, {
      object: await this.inMatched(attributes, attributes.object, matched),
      oldObject: await this.inMatched(attributes, attributes.oldObject, matched),
    });
    if (review === undefined)
      throw new Error(
        'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
      );
    const timeoutMs = (webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    const answer = await this.#client
      .post(webhook.clientConfig ?? {}, review.body, timeoutMs, attributes.signal)
      .catch((error: unknown) => {
        throw new Error(`failed to call webhook: ${messageOf(error)}`, { cause: error });
      });
    try {
      return readDecision(answer, review, mutating);
    } catch (error) {
      throw new Error(`received invalid webhook response: ${messageOf(error)}`, { cause: error });
    }
  }

  /** An object in the version in which a webhook is asked; bodies of subresources stay as they are. */
  async inMatched<T extends Shared<KubeObject> | undefined>(
    { resource }: AdmissionAttributes,
    object: T,
    { resource: wanted }: MatchedResource,
  ): Promise<T> {
    const isOwn = this.#types.versionsOf(resource).some(({ kind }) => kind === object?.kind);
    if (object === undefined || !isOwn) return object;
    return (await this.#types.convert(resource, object as KubeObject, wanted.version)) as T;
  }
}
