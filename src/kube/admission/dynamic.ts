import type { Authorizer, Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import type { AdmissionPlugin } from './contract.ts';
import type { ResourceTypes } from './matching/resource-types.ts';
import { mutators } from './mutation.ts';
import type { AdmissionObserver } from './observer.ts';
import { policyResources } from './policies/evaluation.ts';
import { expressionChecks } from './policies/expression-checks.ts';
import { MutatingPolicies } from './policies/mutating.ts';
import { paramRights } from './policies/param-rights.ts';
import { validatingPolicies } from './policies/validating.ts';
import { WebhookCaller } from './webhooks/caller.ts';
import { ConditionChecker } from './webhooks/conditions.ts';
import { HttpsWebhookClient, type ResolveService } from './webhooks/https-client.ts';
import { isExempt } from './webhooks/matcher.ts';
import { MUTATING_WEBHOOKS, MutatingWebhooks } from './webhooks/mutating.ts';
import { VALIDATING_WEBHOOKS, validatingWebhooks } from './webhooks/validating.ts';

/** The resources by which users configure admission: they have to be loaded before the first request. */
export const CONFIGURATION_RESOURCES = [
  MUTATING_WEBHOOKS,
  VALIDATING_WEBHOOKS,
  ...policyResources('validating'),
  ...policyResources('mutating'),
] as const;

/** What webhooks and policies stand on. */
export interface DynamicOptions {
  readonly objects: Objects;
  readonly client: Client;
  readonly authorizer: Authorizer;
  readonly types: ResourceTypes;
  readonly resolveService: ResolveService;
  readonly observer?: AdmissionObserver;
  /** The plugins that run before: they see what was changed once more. */
  readonly before: readonly AdmissionPlugin[];
}

/** The plugins that users configure: webhooks and policies. Dispose them to close their connections. */
export function dynamicPlugins(options: DynamicOptions): { plugins: AdmissionPlugin[] } & Disposable {
  const client = new HttpsWebhookClient(options.resolveService);
  const caller = new WebhookCaller(client, options.types, options.observer);
  const conditions = new ConditionChecker(options.authorizer, caller);
  const webhooks = new MutatingWebhooks(caller, options, conditions);
  return {
    plugins: [
      mutators([new MutatingPolicies(options), webhooks], options.before, isExempt),
      expressionChecks,
      paramRights(options),
      validatingPolicies(options),
      validatingWebhooks(caller, options, conditions),
    ],
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
