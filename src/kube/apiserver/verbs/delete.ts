import { badRequest, invalid, invalidObject, type KubeObject, notFound, notSupported, type Status } from '#kube/api';
import { timestamp } from '#kube/api/values';
import { entryAnswer, type ObjectAnswer, objectAnswer } from '../answer.ts';
import type { CachedEntry, Decision } from '../store/mod.ts';
import { admit, attributesOf, validateAdmission } from './admit.ts';
import { decodeBody } from './body.ts';
import { hookName } from './create.ts';
import { checkPreconditions } from './metadata.ts';
import { toEndpointVersion } from './storage-version.ts';
import { resourceOf, type Target } from './target.ts';
import { holdsNamespaceFinalizers } from './update.ts';

/** `metav1.DeleteOptions` as they were understood. */
export interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: 'Orphan' | 'Background' | 'Foreground' | undefined;
  readonly preconditions: { uid?: string; resourceVersion?: string } | undefined;
  readonly dryRun: boolean;
}

/** Finalizers by which the garbage collector holds an object until its dependents are orphaned or gone. */
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** Deletes one object, or marks it as being deleted while finalizers or its grace period hold it: DELETE. */
export async function remove(target: Target): Promise<ObjectAnswer> {
  return removeWith(target, await deleteOptions(target));
}

/** The rest of a delete, for a collection and for eviction. */
export async function removeWith(target: Target, options: DeleteOptions): Promise<ObjectAnswer> {
  const { store, endpoint, machinery } = target;
  const key = store.key(target.namespace, target.name);
  let dry: { readonly object: KubeObject; readonly gone: boolean } | undefined;
  const { entry, deleted } = await store.update(key, async (current) => {
    if (current === undefined) throw notFound(resourceOf(target), target.name);
    const decision = await decide(target, current, options);
    if (!options.dryRun) return decision;
    dry = { object: 'store' in decision ? decision.store : current.copy(), gone: 'delete' in decision };
    return { keep: true };
  });
  if (dry !== undefined) {
    if (dry.gone) return success(target, dry.object);
    return objectAnswer(await toEndpointVersion(endpoint, dry.object), 200, endpoint);
  }
  if (!deleted) return entryAnswer(endpoint, entry);
  await machinery.writeHooks.get(hookName(target))?.released(entry.copy());
  return answersObject(target) ? entryAnswer(endpoint, entry) : success(target, entry.object as KubeObject);
}

async function decide(target: Target, current: CachedEntry, options: DeleteOptions): Promise<Decision> {
  // Shared with all readers: nobody may change it, and nobody does.
  const object = current.object as KubeObject;
  checkPreconditions(target, object, options.preconditions);
  const attributes = attributesOf(
    target,
    'DELETE',
    { object: undefined, oldObject: object },
    optionsOf(options),
    options.dryRun,
  );
  await admit(target, attributes);
  await validateAdmission(target, attributes);
  // Only the metadata and the status as a whole are changed.
  const next = { ...object, metadata: { ...object.metadata } };
  const moved = markDeleted(target, next, options);
  setDependentsFinalizer(next, options, target);
  const held = (next.metadata.finalizers?.length ?? 0) > 0 || holdsNamespaceFinalizers(next);
  if (!held && (next.metadata.deletionGracePeriodSeconds ?? 0) === 0) return { delete: true };
  return moved || held ? { store: next } : { keep: true };
}

/** Sets or shortens the time of deletion; answers whether something moved. */
function markDeleted({ endpoint: { row }, machinery }: Target, object: KubeObject, options: DeleteOptions): boolean {
  const { metadata } = object;
  const nowMs = machinery.nowMs();
  const graceSeconds = row.strategy.gracePeriodSeconds?.(object, options.gracePeriodSeconds) ?? 0;
  if (metadata.deletionTimestamp !== undefined) {
    const before = metadata.deletionGracePeriodSeconds ?? 0;
    if (options.gracePeriodSeconds === undefined && graceSeconds !== 0) return false;
    if (graceSeconds >= before) return false;
    const askedMs = Date.parse(metadata.deletionTimestamp) - before * 1000;
    metadata.deletionTimestamp = timestamp(askedMs + graceSeconds * 1000);
    metadata.deletionGracePeriodSeconds = graceSeconds;
    return true;
  }
  metadata.deletionTimestamp = timestamp(nowMs + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  if ((metadata.generation ?? 0) > 0) metadata.generation = (metadata.generation ?? 0) + 1;
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') {
    object.status = { ...(object.status as object | undefined), phase: 'Terminating' };
  }
  return true;
}

/** The propagation policy is left to the garbage collector as a finalizer; what is being deleted already can still change its mind. */
function setDependentsFinalizer(
  { metadata }: KubeObject,
  { propagationPolicy }: DeleteOptions,
  { endpoint }: Target,
): void {
  const policy = propagationPolicy ?? policyOf(metadata.finalizers, endpoint.row.strategy.defaultPropagation);
  const others = (metadata.finalizers ?? []).filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (policy === 'Orphan') others.push(ORPHAN);
  if (policy === 'Foreground') others.push(FOREGROUND);
  if (others.length > 0) metadata.finalizers = others;
  else delete metadata.finalizers;
}

function policyOf(finalizers: readonly string[] | undefined, byDefault: 'background' | 'orphan' | undefined) {
  if (finalizers?.includes(ORPHAN)) return 'Orphan';
  if (finalizers?.includes(FOREGROUND)) return 'Foreground';
  return byDefault === 'orphan' ? 'Orphan' : 'Background';
}

/** Pods, services and some others answer with the object that is gone, the rest with a Status. */
function answersObject({ endpoint: { row } }: Target): boolean {
  return (
    row.group === '' &&
    [
      'pods',
      'services',
      'serviceaccounts',
      'persistentvolumes',
      'persistentvolumeclaims',
      'podtemplates',
      'resourcequotas',
    ].includes(row.plural)
  );
}

function success(target: Target, object: KubeObject): ObjectAnswer {
  const { group, resource } = resourceOf(target);
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: target.name,
      ...(group === '' ? {} : { group }),
      kind: resource,
      ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
    },
    code: 200,
  };
  return objectAnswer(status);
}

function optionsOf({
  dryRun,
  gracePeriodSeconds,
  propagationPolicy,
  preconditions,
}: DeleteOptions): Record<string, unknown> {
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'DeleteOptions',
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(preconditions === undefined ? {} : { preconditions }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
}

/** DeleteOptions come in the body or, without one, in the query. */
export async function deleteOptions({ request }: Target): Promise<DeleteOptions> {
  const { body, query } = request;
  const fromBody = body === undefined || ('bytes' in body && body.bytes.length === 0) ? {} : await bodyOptions(body);
  const grace = fromBody.gracePeriodSeconds ?? numberOf(query.get('gracePeriodSeconds'));
  const orphan = fromBody.orphanDependents ?? booleanOf(query.get('orphanDependents'));
  const policy = fromBody.propagationPolicy ?? query.get('propagationPolicy') ?? undefined;
  const dryRun = [...(fromBody.dryRun ?? []), ...query.getAll('dryRun')];
  check(grace, policy, orphan, dryRun);
  return {
    gracePeriodSeconds: grace,
    propagationPolicy: (policy ??
      (orphan === undefined ? undefined : orphan ? 'Orphan' : 'Background')) as DeleteOptions['propagationPolicy'],
    preconditions: fromBody.preconditions,
    dryRun: dryRun.includes('All'),
  };
}

interface RawOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
}

async function bodyOptions(body: NonNullable<Target['request']['body']>): Promise<RawOptions> {
  const { value } = await decodeBody(body);
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw badRequest('the body of a delete must be DeleteOptions');
  const options = value as Record<string, unknown>;
  if (options.kind !== undefined && options.kind !== 'DeleteOptions') {
    throw badRequest(`the body of a delete must be DeleteOptions, not ${String(options.kind).slice(0, 64)}`);
  }
  return pickOptions(options);
}

function pickOptions(options: Record<string, unknown>): RawOptions {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = options;
  const wrong = (field: string) => badRequest(`DeleteOptions.${field} has a wrong type`);
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !Number.isSafeInteger(gracePeriodSeconds))
    throw wrong('gracePeriodSeconds');
  if (propagationPolicy !== undefined && propagationPolicy !== null && typeof propagationPolicy !== 'string')
    throw wrong('propagationPolicy');
  if (orphanDependents !== undefined && orphanDependents !== null && typeof orphanDependents !== 'boolean')
    throw wrong('orphanDependents');
  if (preconditions !== undefined && preconditions !== null && typeof preconditions !== 'object')
    throw wrong('preconditions');
  if (
    dryRun !== undefined &&
    dryRun !== null &&
    !(Array.isArray(dryRun) && dryRun.every((value) => typeof value === 'string'))
  )
    throw wrong('dryRun');
  return Object.fromEntries(
    Object.entries({ gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun }).filter(
      ([, value]) => value !== undefined && value !== null,
    ),
  ) as RawOptions;
}

function check(
  grace: number | undefined,
  policy: string | undefined,
  orphan: boolean | undefined,
  dryRun: readonly string[],
): void {
  const refuse = (error: ReturnType<typeof invalid>) =>
    invalidObject({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [error]);
  if (grace !== undefined && !Number.isSafeInteger(grace))
    throw badRequest('gracePeriodSeconds must be a whole number');
  if (policy !== undefined && orphan !== undefined) {
    throw refuse(invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'));
  }
  if (policy !== undefined && !['Orphan', 'Background', 'Foreground'].includes(policy)) {
    throw refuse(notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan']));
  }
  for (const value of dryRun) if (value !== 'All' && value !== '') throw refuse(notSupported('dryRun', value, ['All']));
}

function numberOf(text: string | null): number | undefined {
  return text === null || text === '' ? undefined : Number(text);
}

function booleanOf(text: string | null): boolean | undefined {
  return text === null || text === '' ? undefined : text === 'true' || text === '1';
}
