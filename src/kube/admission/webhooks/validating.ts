import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import { Configurations } from '../matching/configurations.ts';
import type { Call, WebhookCaller } from './caller.ts';
import type { ConditionChecker } from './conditions.ts';
import { type Hook, hooksOf } from './hook.ts';
import { isExempt, type MatcherOptions, matchHook } from './matcher.ts';
import { rejection } from './rejection.ts';

/** The configurations of validating webhooks. */
export const VALIDATING_WEBHOOKS = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
} as const;

/** ValidatingAdmissionWebhook: asks webhooks, all at once, whether a write may be; one that says no is enough. */
export function validatingWebhooks(
  caller: WebhookCaller,
  options: MatcherOptions,
  conditions: ConditionChecker,
): AdmissionPlugin {
  const hooks = new Configurations(options.objects, VALIDATING_WEBHOOKS, hooksOf);
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (attributes) => !isExempt(attributes) && !hooks.isEmpty,
    async validate(attributes) {
      const calls = await matching(hooks.all().flat(), attributes, options, conditions);
      const answers = await Promise.allSettled(calls.map((call) => ask(call, caller, attributes)));
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}

async function matching(
  hooks: readonly Hook[],
  attributes: AdmissionAttributes,
  options: MatcherOptions,
  conditions: ConditionChecker,
): Promise<Call[]> {
  const calls: Call[] = [];
  for (const [index, hook] of hooks.entries()) {
    const matched = await matchHook(hook, attributes, options);
    if (matched === undefined || !(await conditions.hold(hook, matched, attributes))) continue;
    calls.push({ hook, matched, index, round: 0, mutating: false });
  }
  return calls;
}

async function ask(call: Call, caller: WebhookCaller, attributes: AdmissionAttributes): Promise<void> {
  const decision = await caller.ask(call, attributes);
  if (decision?.allowed === false) throw rejection(call.hook, decision);
}
