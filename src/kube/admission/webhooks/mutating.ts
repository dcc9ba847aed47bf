import { isDeepStrictEqual } from 'node:util';
import { badRequest, internalError, type KubeObject } from '#kube/api';
import { cloneJson } from '#kube/codec';
import { jsonPatch } from '#kube/patch';
import { messageOf } from '../common/refuse.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { Configurations } from '../matching/configurations.ts';
import type { Mutation, Mutator } from '../mutation.ts';
import type { Call, WebhookCaller } from './caller.ts';
import type { ConditionChecker } from './conditions.ts';
import { type Hook, hooksOf } from './hook.ts';
import { type MatcherOptions, matchHook } from './matcher.ts';
import { rejection } from './rejection.ts';

/** The configurations of mutating webhooks. */
export const MUTATING_WEBHOOKS = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'mutatingwebhookconfigurations',
} as const;

/** MutatingAdmissionWebhook: asks webhooks, one after the other, what is to be changed in an object. */
export class MutatingWebhooks implements Mutator {
  readonly #hooks: Configurations<Hook[]>;
  readonly #caller: WebhookCaller;
  readonly #options: MatcherOptions;
  readonly #conditions: ConditionChecker;

  constructor(caller: WebhookCaller, options: MatcherOptions, conditions: ConditionChecker) {
    this.#caller = caller;
    this.#options = options;
    this.#conditions = conditions;
    this.#hooks = new Configurations(options.objects, MUTATING_WEBHOOKS, hooksOf);
  }

  get isEmpty(): boolean {
    return this.#hooks.isEmpty;
  }

  /** One round; true when something has changed. In the second only those are asked whose answer others have outdated. */
  async run(attributes: AdmissionAttributes, mutation: Mutation): Promise<boolean> {
    const { webhooks: turns, round } = mutation;
    turns.begin(attributes.object);
    let changed = false;
    for (const [index, hook] of this.#hooks.all().flat().entries()) {
      if (!turns.mayRun(hook.key)) continue;
      const matched = await matchHook(hook, attributes, this.#options);
      if (matched === undefined || !(await this.#conditions.hold(hook, matched, attributes))) continue;
      if (await this.#call({ hook, matched, index, round, mutating: true }, attributes)) {
        changed = true;
        turns.outdate();
      }
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') turns.ran(hook.key);
    }
    turns.end(attributes.object);
    return changed;
  }

  async #call(call: Call, attributes: AdmissionAttributes): Promise<boolean> {
    const { hook, index, round } = call;
    const decision = await this.#caller.ask(call, attributes);
    if (decision === undefined) return false;
    if (!decision.allowed) throw rejection(hook, decision);
    const changed = decision.patch !== undefined && (await this.#apply(call, attributes, decision.patch));
    const note = { configuration: hook.configuration, webhook: hook.name, mutated: changed };
    attributes.annotate(`mutation.webhook.admission.k8s.io/round_${round}_index_${index}`, JSON.stringify(note));
    return changed;
  }

  /** The patch is made for the object in the version that the webhook was shown. */
  async #apply({ hook, matched }: Call, attributes: AdmissionAttributes, patch: string): Promise<boolean> {
    const before = attributes.object;
    if (before === undefined) {
      const why = 'attempted to modify the object, which is not supported for this operation';
      throw internalError(`admission webhook "${hook.name}" ${why}`);
    }
    const patched = await this.#patched(
      attributes,
      before,
      patch,
      await this.#caller.inMatched(attributes, before, matched),
    );
    if (isDeepStrictEqual(patched, before)) return false;
    keepIdentity(patched, before);
    attributes.object = patched;
    return true;
  }

  async #patched(
    { resource, kind }: AdmissionAttributes,
    before: KubeObject,
    patch: string,
    shown: KubeObject,
  ): Promise<KubeObject> {
    try {
      const made = jsonPatch(shown, JSON.parse(patch)) as KubeObject;
      const isOwn = this.#options.types.versionsOf(resource).some((one) => one.kind === before.kind);
      // Bodies of subresources have no row of their own; what reads them checks them again.
      if (!isOwn) return { ...made, apiVersion: before.apiVersion, kind: kind.kind };
      return await this.#options.types.accept(resource, cloneJson(made), shown.kind, before.apiVersion);
    } catch (error) {
      throw internalError(messageOf(error), error);
    }
  }
}

/** Who an object is, is not for webhooks to change. Options of connections have no metadata, and get none. */
function keepIdentity(patched: KubeObject, before: KubeObject): void {
  if (before.metadata === undefined) return;
  patched.metadata ??= {};
  if ((patched.metadata.namespace ?? '') !== (before.metadata.namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  for (const field of ['uid', 'creationTimestamp', 'resourceVersion'] as const) {
    if (before.metadata[field] === undefined) delete patched.metadata[field];
    else Object.assign(patched.metadata, { [field]: before.metadata[field] });
  }
}
