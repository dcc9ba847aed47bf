import { internalError, invalidObject, type KubeObject, type Shared } from '#kube/api';
import type { Pod, PodTemplateSpec } from '#kube/api/resources';
import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { refuse } from '../common/refuse.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import type { Violation } from './checks/check.ts';
import { describeViolations, violations } from './evaluate.ts';
import { compareLevels, formatLevel, isSameLevel, type LevelVersion, type Policy, policyOf } from './level.ts';
import { isSignificantUpdate } from './significant.ts';
import { warnOfPods } from './warn-of-pods.ts';

const PREFIX = 'pod-security.kubernetes.io/';
/** Subresources of pods that change nothing of how they run. */
const IGNORED: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

/** Workloads, and where each keeps the template of its pods. */
const TEMPLATES: ReadonlyMap<string, (object: KubeObject) => unknown> = new Map([
  ['/podtemplates', (object) => object.template],
  ['/replicationcontrollers', (object) => specOf(object).template],
  ['apps/replicasets', (object) => specOf(object).template],
  ['apps/deployments', (object) => specOf(object).template],
  ['apps/statefulsets', (object) => specOf(object).template],
  ['apps/daemonsets', (object) => specOf(object).template],
  ['batch/jobs', (object) => specOf(object).template],
  [
    'batch/cronjobs',
    (object) => (specOf(object).jobTemplate as { spec?: { template?: unknown } } | undefined)?.spec?.template,
  ],
]);

function specOf(object: KubeObject): Record<string, unknown> {
  return (object.spec ?? {}) as Record<string, unknown>;
}

/** PodSecurity: pods keep to the profile that their namespace's labels name; workloads are warned of what their pods would not keep. */
export function podSecurity(objects: Objects, client: Client): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    handles(attributes) {
      const { operation, resource, subresource } = attributes;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      if (resource.group === '' && resource.resource === 'pods') return !IGNORED.has(subresource);
      if (subresource !== '') return false;
      return isNamespace(attributes) || TEMPLATES.has(`${resource.group}/${resource.resource}`);
    },
    validate(attributes) {
      if (isNamespace(attributes)) return checkNamespace(attributes, objects);
      const namespace = objects.get(READ_RESOURCES.namespaces, '', attributes.namespace);
      if (namespace !== undefined) return check(attributes, namespace);
      return lookUp(attributes, client).then((found) => check(attributes, found));
    },
  };
}

function isNamespace({ resource }: AdmissionAttributes): boolean {
  return resource.group === '' && resource.resource === 'namespaces';
}

async function lookUp({ namespace, signal }: AdmissionAttributes, client: Client): Promise<KubeObject> {
  try {
    return await client.get(READ_RESOURCES.namespaces, { name: namespace }, { signal });
  } catch (error) {
    throw internalError(`failed to lookup namespace ${namespace}`, error);
  }
}

function check(attributes: AdmissionAttributes, namespace: Shared<KubeObject>): void {
  const { policy, errors } = policyOf(namespace.metadata.labels);
  if (errors.length > 0) {
    const text = errors.map(({ field, message }) => `${field}: ${message}`).join(', ');
    attributes.annotate(`${PREFIX}error`, `Failed to parse policy: ${text}`);
  }
  if (attributes.resource.resource === 'pods') checkPod(attributes, policy);
  else checkTemplate(attributes, policy);
}

function checkPod(attributes: AdmissionAttributes, policy: Policy): void {
  const { enforce, audit, warn } = policy;
  if (enforce.level === 'privileged' && audit.level === 'privileged' && warn.level === 'privileged') return;
  const pod = attributes.object as Pod;
  const { oldObject } = attributes;
  if (oldObject !== undefined && !isSignificantUpdate(pod, oldObject as Shared<Pod>)) return;
  attributes.annotate(`${PREFIX}enforce-policy`, formatLevel(enforce));
  const found = violations(enforce, pod.metadata, pod.spec);
  note(attributes, policy, pod, { enforced: found });
  if (found.length === 0) return;
  throw refuse(attributes, `violates PodSecurity "${formatLevel(enforce)}": ${describeViolations(found)}`);
}

function checkTemplate(attributes: AdmissionAttributes, policy: Policy): void {
  if (policy.audit.level === 'privileged' && policy.warn.level === 'privileged') return;
  const { group, resource } = attributes.resource;
  const template = TEMPLATES.get(`${group}/${resource}`)?.(attributes.object as KubeObject) as
    | PodTemplateSpec
    | undefined;
  if (template?.spec !== undefined) note(attributes, policy, template, { enforced: undefined });
}

/** The audit annotation and the warning; what is refused anyway needs no warning. */
function note(
  attributes: AdmissionAttributes,
  { enforce, audit, warn }: Policy,
  { metadata, spec = {} }: PodTemplateSpec,
  { enforced }: { readonly enforced: Violation[] | undefined },
): void {
  const evaluate = (level: LevelVersion) =>
    enforced !== undefined && isSameLevel(level, enforce) ? enforced : violations(level, metadata, spec);
  const would = (level: LevelVersion, found: readonly Violation[]) =>
    `would violate PodSecurity "${formatLevel(level)}": ${describeViolations(found)}`;
  const audited = evaluate(audit);
  if (audited.length > 0) attributes.annotate(`${PREFIX}audit-violations`, would(audit, audited));
  if ((enforced?.length ?? 0) > 0) return;
  const warned = evaluate(warn);
  if (warned.length > 0) attributes.warn(would(warn, warned));
}

/** Labels have to be sound when they change; what pods there are is compared with a stricter policy. */
function checkNamespace(attributes: AdmissionAttributes, objects: Objects): void {
  const { object, oldObject, name } = attributes;
  const { policy, errors } = policyOf(object?.metadata.labels);
  const old = policyOf(oldObject?.metadata.labels);
  if (errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(old.errors)) {
    throw invalidObject({ group: '', kind: 'Namespace' }, name, errors);
  }
  if (oldObject === undefined) return;
  const [now, before] = [policy.enforce, old.policy.enforce];
  if (isSameLevel(now, before) || now.level === 'privileged') return;
  if (now.minor === before.minor && compareLevels(now.level, before.level) <= 0) return;
  warnOfPods(attributes, name, now, objects.list(READ_RESOURCES.pods, name) as readonly Shared<Pod>[]);
}
