import { type GroupVersionResource, ignoring, type KubeObject } from '#kube/api';
import type { Client } from '#kube/client';
import { uncovered } from '../covers.ts';
import { type PolicyRule, RBAC_GROUP, type Subject } from '../types.ts';
import { bootstrapPolicy } from './policy.ts';

const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const NAMESPACES: GroupVersionResource = { group: '', version: 'v1', resource: 'namespaces' };

/**
 * Makes the default roles and bindings that are missing, and gives existing ones the rules and subjects that they lack; what an
 * administrator added stays. Objects with the annotation `autoupdate` of "false" are left alone.
 */
export async function reconcileBootstrapPolicy(
  client: Client,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const policy = bootstrapPolicy();
  const namespaces = new Set(policy.roles.map((role) => role.metadata.namespace as string));
  await Promise.all([...namespaces].map((name) => ensureNamespace(client, name, options)));
  // Roles before bindings: a binding without its role gives nothing and warns in every decision.
  await Promise.all([
    reconcile(client, 'clusterroles', policy.clusterRoles, options),
    reconcile(client, 'roles', policy.roles, options),
  ]);
  await Promise.all([
    reconcile(client, 'clusterrolebindings', policy.clusterRoleBindings, options),
    reconcile(client, 'rolebindings', policy.roleBindings, options),
  ]);
}

type Options = { readonly signal?: AbortSignal };

async function ensureNamespace(client: Client, name: string, options: Options): Promise<void> {
  await ignoring(
    client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, options),
    'AlreadyExists',
  );
}

async function reconcile(
  client: Client,
  resource: string,
  wanted: readonly KubeObject[],
  options: Options,
): Promise<void> {
  const gvr = { group: RBAC_GROUP, version: 'v1', resource };
  const { items } = await client.list(gvr, options);
  const there = new Map(items.map((item) => [keyOf(item), item]));
  await Promise.all(wanted.map((object) => reconcileOne(client, gvr, object, there.get(keyOf(object)), options)));
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

async function reconcileOne(
  client: Client,
  gvr: GroupVersionResource,
  wanted: KubeObject,
  there: KubeObject | undefined,
  options: Options,
): Promise<void> {
  if (there === undefined) {
    await ignoring(client.create(gvr, wanted, options), 'AlreadyExists');
    return;
  }
  if (there.metadata.annotations?.[AUTO_UPDATE] === 'false') return;
  if (!sameRef(there.roleRef, wanted.roleRef)) {
    // What a binding refers to cannot change: it is made anew.
    await client.delete(gvr, refOf(there), { ...options, preconditions: { uid: there.metadata.uid ?? '' } });
    await ignoring(client.create(gvr, wanted, options), 'AlreadyExists');
    return;
  }
  const changed = complete(there, wanted);
  if (changed !== undefined) await client.update(gvr, changed, options);
}

function refOf({ metadata: { namespace, name = '' } }: KubeObject) {
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}

function sameRef(a: unknown, b: unknown): boolean {
  const text = (ref: unknown) => {
    const { apiGroup, kind, name } = (ref ?? {}) as Record<string, unknown>;
    return JSON.stringify([apiGroup, kind, name]);
  };
  return text(a) === text(b);
}

/** `there` with what it lacks of `wanted`; undefined where it lacks nothing. */
export function complete(there: KubeObject, wanted: KubeObject): KubeObject | undefined {
  const missingRules = there.aggregationRule === undefined ? uncovered(rulesOf(there), rulesOf(wanted)) : [];
  const missingSubjects = subjectsOf(wanted).filter(
    (one) => !subjectsOf(there).some((other) => sameSubject(one, other)),
  );
  const labels = { ...there.metadata.labels, ...wanted.metadata.labels };
  const annotations = { ...wanted.metadata.annotations, ...there.metadata.annotations };
  const lacksAggregation = wanted.aggregationRule !== undefined && there.aggregationRule === undefined;
  if (
    missingRules.length === 0 &&
    missingSubjects.length === 0 &&
    !lacksAggregation &&
    Object.keys(labels).every((key) => there.metadata.labels?.[key] === labels[key]) &&
    Object.keys(annotations).every((key) => there.metadata.annotations?.[key] === annotations[key])
  ) {
    return undefined;
  }
  return {
    ...there,
    metadata: { ...there.metadata, labels, annotations },
    ...(missingRules.length === 0 ? {} : { rules: [...rulesOf(there), ...wantedRules(wanted, missingRules)] }),
    ...(missingSubjects.length === 0 ? {} : { subjects: [...subjectsOf(there), ...missingSubjects] }),
    ...(lacksAggregation ? { aggregationRule: wanted.aggregationRule } : {}),
  };
}

/** The whole rules that something is missing of: they read better than single verbs. */
function wantedRules(wanted: KubeObject, missing: readonly PolicyRule[]): PolicyRule[] {
  return rulesOf(wanted).filter((rule) => uncovered([rule], missing).length < missing.length);
}

function rulesOf(object: KubeObject): readonly PolicyRule[] {
  return (object.rules as PolicyRule[] | undefined) ?? [];
}

function subjectsOf(object: KubeObject): readonly Subject[] {
  return (object.subjects as Subject[] | undefined) ?? [];
}

function sameSubject(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
}
