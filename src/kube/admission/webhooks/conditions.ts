import { forbidden } from '#kube/api';
import type { Authorizer } from '#kube/auth';
import type { AdmissionAttributes } from '../contract.ts';
import type { MatchedResource } from '../matching/rules.ts';
import type { WebhookCaller } from './caller.ts';
import type { Hook } from './hook.ts';

/** Says whether the match conditions of webhooks hold. */
export class ConditionChecker {
  readonly #authorizer: Authorizer;
  readonly #caller: WebhookCaller;

  constructor(authorizer: Authorizer, caller: WebhookCaller) {
    this.#authorizer = authorizer;
    this.#caller = caller;
  }

  /** True when all hold. Where one cannot be evaluated and none is false, the failure policy decides: false, or a 403. */
  async hold({ webhook }: Hook, matched: MatchedResource, attributes: AdmissionAttributes): Promise<boolean> {
    const { matchConditions = [], failurePolicy } = webhook;
    if (matchConditions.length === 0) return true;
    const { conditionEnvironment, evaluateConditions, requestBindings } = await import('../cel/mod.ts');
    const objects = {
      object: await this.#caller.inMatched(attributes, attributes.object, matched),
      oldObject: await this.#caller.inMatched(attributes, attributes.oldObject, matched),
    };
    const bindings = requestBindings(attributes, matched, objects, this.#authorizer);
    const { holds, problem } = evaluateConditions(matchConditions, conditionEnvironment, bindings);
    if (problem === undefined) return holds;
    if (failurePolicy === 'Ignore') return false;
    throw forbidden(attributes.resource, attributes.name, problem);
  }
}
