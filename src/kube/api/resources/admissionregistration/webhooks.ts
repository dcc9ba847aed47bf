import type { KubeObject } from '../../object.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import {
  dns1035LabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  Path,
  validateLabelSelector,
} from '../../values/mod.ts';
import { setWebhookClientDefaults, validateWebhookClient, type WebhookClient } from '../webhook-client.ts';
import { type MatchCondition, validateMatchConditions } from './match-conditions.ts';
import { type AdmissionRule, setRuleDefaults, validateAdmissionRules } from './rules.ts';

/** A configuration of webhooks, of either kind. */
export interface WebhookConfiguration extends KubeObject {
  webhooks?: Webhook[];
}

/** `ValidatingWebhook`, or `MutatingWebhook`, which has a policy of reinvocation. */
export interface Webhook {
  name?: string;
  clientConfig?: WebhookClient;
  rules?: AdmissionRule[];
  failurePolicy?: string;
  matchPolicy?: string;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  sideEffects?: string;
  timeoutSeconds?: number;
  admissionReviewVersions?: string[];
  matchConditions?: MatchCondition[];
  reinvocationPolicy?: string;
}

const WEBHOOKS = new Path('webhooks');
const FAILURE_POLICIES = ['Fail', 'Ignore'];
const MATCH_POLICIES = ['Equivalent', 'Exact'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const MAX_TIMEOUT_SECONDS = 30;

/** Upstream's defaults of webhooks, in place. */
export function setWebhookDefaults({ webhooks }: WebhookConfiguration, mutating: boolean): void {
  for (const webhook of webhooks ?? []) {
    webhook.failurePolicy ??= 'Fail';
    webhook.matchPolicy ??= 'Equivalent';
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= 10;
    if (mutating) webhook.reinvocationPolicy ??= 'Never';
    setWebhookClientDefaults(webhook.clientConfig);
    setRuleDefaults(webhook.rules);
  }
}

/** Complaints about webhooks. */
export function validateWebhooks({ webhooks = [] }: WebhookConfiguration, errors: FieldErrors): void {
  const seen = new Set<string>();
  webhooks.forEach((webhook, i) => {
    const { name = '' } = webhook;
    const at = WEBHOOKS.index(i);
    validateWebhook(webhook, at, errors);
    validateReviewVersions(webhook.admissionReviewVersions ?? [], at.child('admissionReviewVersions'), errors);
    if (seen.has(name)) errors.duplicate(at.child('name'), name);
    seen.add(name);
  });
}

function validateWebhook(webhook: Webhook, path: Path, errors: FieldErrors): void {
  const { sideEffects, timeoutSeconds } = webhook;
  validateFullName(webhook.name ?? '', path.child('name'), errors);
  validateAdmissionRules(webhook.rules ?? [], path.child('rules'), errors);
  oneOf(webhook.failurePolicy, FAILURE_POLICIES, path.child('failurePolicy'), errors);
  oneOf(webhook.matchPolicy, MATCH_POLICIES, path.child('matchPolicy'), errors);
  oneOf(webhook.reinvocationPolicy, REINVOCATION_POLICIES, path.child('reinvocationPolicy'), errors);
  if (sideEffects === undefined)
    errors.required(path.child('sideEffects'), `must specify one of ${SIDE_EFFECTS.join(', ')}`);
  else oneOf(sideEffects, SIDE_EFFECTS, path.child('sideEffects'), errors);
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT_SECONDS)) {
    const detail = `the timeout value must be between 1 and ${MAX_TIMEOUT_SECONDS} seconds`;
    errors.invalid(path.child('timeoutSeconds'), timeoutSeconds, detail);
  }
  validateLabelSelector(webhook.namespaceSelector, path.child('namespaceSelector'), errors);
  validateLabelSelector(webhook.objectSelector, path.child('objectSelector'), errors);
  validateWebhookClient(webhook.clientConfig ?? {}, path.child('clientConfig'), errors);
  validateMatchConditions(webhook.matchConditions ?? [], path.child('matchConditions'), errors);
}

function oneOf(value: string | undefined, supported: readonly string[], path: Path, errors: FieldErrors): void {
  if (value !== undefined && !supported.includes(value)) errors.notSupported(path, value, supported);
}

function validateFullName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  else if (dnsSubdomainErrors(name).length > 0) errors.invalidEach(path, name, dnsSubdomainErrors(name));
  else if (name.split('.').length < 3)
    errors.invalid(path, name, 'should be a domain with at least three segments separated by dots');
}

function validateReviewVersions(versions: readonly string[], path: Path, errors: FieldErrors): void {
  if (versions.length === 0) {
    errors.required(path, `must specify one of ${REVIEW_VERSIONS.join(', ')}`);
    return;
  }
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) errors.invalid(path.index(i), version, 'duplicate version');
    errors.invalidEach(path.index(i), version, dns1035LabelErrors(version));
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version)))
    errors.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
}
