import {
  conflict,
  type GroupVersionKind,
  type HookContext,
  invalid,
  invalidObject,
  isStatusError,
  type KubeObject,
  notFound,
  OBJECT_MODIFIED,
  subresourcesOf,
  type UpdateStrategy,
} from '#kube/api';
import { FieldErrors, validateObjectMeta, validateObjectMetaUpdate } from '#kube/api/values';
import { cloneJson } from '#kube/codec';
import { convertTo, entryAnswer, type ObjectAnswer, objectAnswer } from '../answer.ts';
import type { CachedEntry, Decision } from '../store/mod.ts';
import { admit, attributesOf, isAsked, validateAdmission } from './admit.ts';
import { readObject } from './body.ts';
import { createObject, hookName, type ManageFields } from './create.ts';
import { deepEqual } from './deep-equal.ts';
import type { Disposition } from './machinery.ts';
import { trackWrite } from './managed-fields.ts';
import { checkPreconditions, keepSystemFields, knowsFinalizers, takeName, takeNamespace } from './metadata.ts';
import { shareUnchanged } from './share-unchanged.ts';
import { toEndpointVersion, toStorageVersion, toWorkingVersion } from './storage-version.ts';
import { contextOf, kindOf, resourceOf, type Target } from './target.ts';
import { type WriteOptions, writeOptions } from './write-options.ts';

/** Replaces an object or one of its subresources by the body: PUT. */
export async function update(target: Target): Promise<ObjectAnswer> {
  const { machinery, request, endpoint } = target;
  const options = writeOptions(request, 'UpdateOptions');
  const body = await readObject(machinery, request, kindOf(endpoint), endpoint.version);
  takeNamespace(target, body);
  takeName(target, body);
  return writeUpdate(target, options, {
    optionsKind: 'UpdateOptions',
    create:
      endpoint.row.strategy.allowCreateOnUpdate === true && target.subresource === ''
        ? () => cloneJson(body)
        : undefined,
    next: () => cloneJson(body),
    checkPrecondition: (current) => checkUpdatePrecondition(target, body, current),
  });
}

/** A PUT's body says what it was made from: its resourceVersion and, if it has one, its uid must be the object's. */
function checkUpdatePrecondition(target: Target, body: KubeObject, current: KubeObject): void {
  const { uid, resourceVersion } = body.metadata;
  if ((uid ?? '') !== '') checkPreconditions(target, current, { uid });
  if ((resourceVersion ?? '') === '' || resourceVersion === '0') {
    if (target.endpoint.row.strategy.allowUnconditionalUpdate !== false) return;
    throw invalidObject(target.endpoint.row, target.name, [
      invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  if (resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(resourceOf(target), target.name, OBJECT_MODIFIED);
  }
}

/** How an update makes the new object; PUT, the patches and the subresources each have their own. */
export interface UpdatePlan {
  readonly optionsKind: 'UpdateOptions' | 'PatchOptions';
  /** The new object, in the endpoint's version, made of the present one (which is a copy). May be asked several times. */
  readonly next: (current: KubeObject) => KubeObject | Promise<KubeObject>;
  /** The object to create where there is none; undefined: 404. */
  readonly create: (() => KubeObject | Promise<KubeObject>) | undefined;
  /** Throws when the client wanted another state of the object. */
  readonly checkPrecondition?: (current: KubeObject, next: KubeObject) => void;
  /** Who owns which fields; default: what changed belongs to the manager. */
  readonly manage?: (
    live: KubeObject | undefined,
    updated: KubeObject,
    options: WriteOptions,
    nowMs: number,
  ) => void | Promise<void>;
  /** The strategy, where it isn't that of the main path or of `row.subresources`. */
  readonly strategy?: UpdateStrategy;
  /** What admission is asked about, where it isn't the object: `next` asks the plugins that mutate. `asked`: it has been asked already. */
  readonly admission?: ShownToAdmission | 'asked';
}

/** A document that stands for an object: the Scale of what is scaled. */
export interface ShownToAdmission {
  readonly kind: GroupVersionKind;
  /** The document of an object, which is in the endpoint's version. */
  readonly show: (object: KubeObject) => KubeObject;
}

/** Read, change, check, compare-and-swap: the common part of all that changes objects. */
export async function writeUpdate(target: Target, options: WriteOptions, plan: UpdatePlan): Promise<ObjectAnswer> {
  const { store, endpoint, machinery } = target;
  const context = contextOf(target);
  const key = store.key(target.namespace, target.name);
  let held: Disposition | undefined;
  let dry: KubeObject | undefined;
  const decide = async (entry: CachedEntry | undefined): Promise<Decision> => {
    await held?.undo();
    held = undefined;
    if (entry === undefined) throw new Missing();
    // Shared with all readers: nobody may change it, and nobody does.
    const current = await currentOf(endpoint, entry);
    const { object, sent } = await changed(target, entry, current, options, plan, context);
    held = await machinery.writeHooks.get(hookName(target))?.prepare(object, current, options.dryRun);
    await manage(target, { object, sent, current }, options, plan, context);
    await checked(target, object, current, options, plan, context);
    if (options.dryRun) {
      // Conversions may change what they are given.
      dry = cloneJson(object);
      return { keep: true };
    }
    if (mayGo(object)) return { delete: true };
    return { store: endpoint.row.convert === undefined ? object : await toStorageVersion(endpoint, object) };
  };
  try {
    const { entry, deleted } = await store.update(key, decide);
    if (dry !== undefined) return objectAnswer(await toEndpointVersion(endpoint, dry), 200, endpoint);
    await held?.keep();
    held = undefined;
    if (deleted) await machinery.writeHooks.get(hookName(target))?.released(entry.copy());
    return await entryAnswer(endpoint, entry);
  } catch (error) {
    if (error instanceof Missing) return createInstead(target, options, plan);
    throw error;
  } finally {
    await held?.undo();
  }
}

/** The object as it is, in the working version; the storage version may have changed since it was written. */
function currentOf(endpoint: Target['endpoint'], entry: CachedEntry): KubeObject | Promise<KubeObject> {
  const { convert, onRead, custom } = endpoint.row;
  if (convert === undefined && onRead === undefined) return entry.object as KubeObject;
  return custom === true ? asRead(endpoint, entry) : toStorageVersion(endpoint, entry.copy());
}

async function asRead(endpoint: Target['endpoint'], entry: CachedEntry): Promise<KubeObject> {
  const [object] = await convertTo(endpoint, [entry.copy()]);
  return object as KubeObject;
}

/** A copy of the object as it is, in the endpoint's version. */
function shownCopy({ endpoint }: Target, entry: CachedEntry, current: KubeObject): KubeObject | Promise<KubeObject> {
  if (endpoint.row.custom === true) return cloneJson(current, current.metadata.managedFields);
  return toEndpointVersion(endpoint, entry.copy());
}

/** There is no such object: thrown out of the update loop, never to a client. */
class Missing extends Error {}

async function createInstead(target: Target, options: WriteOptions, plan: UpdatePlan): Promise<ObjectAnswer> {
  if (plan.create === undefined) throw notFound(resourceOf(target), target.name);
  await target.request.authorize?.('create');
  const object = await plan.create();
  if ((object.metadata.resourceVersion ?? '') !== '') throw notFound(resourceOf(target), target.name);
  const manage: ManageFields | undefined =
    plan.manage === undefined
      ? undefined
      : (_target, created, opts, nowMs) => plan.manage?.(undefined, created, opts, nowMs);
  try {
    return await createObject(target, object, options, manage);
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
    return writeUpdate(target, options, plan);
  }
}

/** What an update makes. */
interface Changed {
  readonly object: KubeObject;
  /** Without what mutating admission did to it, where it did anything: nobody owns that. */
  readonly sent: KubeObject | undefined;
}

/** The new object after defaults, mutating admission and the kind's own rules, in the working version. */
async function changed(
  target: Target,
  entry: CachedEntry,
  current: KubeObject,
  options: WriteOptions,
  plan: UpdatePlan,
  context: HookContext,
): Promise<Changed> {
  const { endpoint, machinery } = target;
  const { strategy } = endpoint.row;
  const next = await plan.next(await shownCopy(target, entry, current));
  plan.checkPrecondition?.(current, next);
  let object = await toWorkingVersion(endpoint, next);
  strategy.setDefaults?.(object);
  keepSystemFields(object, current);
  const attributes = updateAttributes(target, { object, oldObject: current }, options, plan.optionsKind);
  let sent: KubeObject | undefined;
  if (plan.admission === undefined && isAsked(target, attributes)) {
    // Plugins change it in place. Apply knows already who owns what.
    if (plan.manage === undefined) sent = cloneJson(object, object.metadata.managedFields);
    await admit(target, attributes);
    object = attributes.object ?? object;
    strategy.setDefaults?.(object);
    keepSystemFields(object, current);
    if (sent !== undefined && deepEqual(sent, object)) sent = undefined;
  }
  for (const one of sent === undefined ? [object] : [sent, object]) {
    strategyOf(target, plan)?.prepareForUpdate?.(one, current, context);
    if (target.subresource === 'status') keepMetadataOnStatus(one, current);
  }
  // Hooks change objects in place.
  if (!machinery.writeHooks.has(hookName(target))) shareUnchanged(object, current);
  if (strategy.hasGeneration === true && target.subresource !== 'binding') moveGeneration(target, object, current);
  return { object, sent };
}

/** Notes who has changed what. */
async function manage(
  target: Target,
  { object, sent, current }: Changed & { readonly current: KubeObject },
  options: WriteOptions,
  plan: UpdatePlan,
  { nowMs }: HookContext,
): Promise<void> {
  const tracked = sent ?? object;
  const managed =
    plan.manage === undefined
      ? trackWrite(target, current, tracked, options, nowMs)
      : plan.manage(current, tracked, options, nowMs);
  if (managed instanceof Promise) await managed;
  if (sent === undefined) return;
  if (sent.metadata.managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = sent.metadata.managedFields;
}

/** A write of the status may change labels and annotations, but not what decides about the object's life. */
function keepMetadataOnStatus(object: KubeObject, current: KubeObject): void {
  for (const field of ['ownerReferences', 'finalizers'] as const) {
    if (current.metadata[field] === undefined) delete object.metadata[field];
    else Object.assign(object.metadata, { [field]: current.metadata[field] });
  }
}

/** `generation` counts changes of what is desired: of everything but metadata and status, where there is one of its own. */
function moveGeneration(
  { endpoint: { row, version }, subresource }: Target,
  object: KubeObject,
  current: KubeObject,
): void {
  const was = current.metadata.generation ?? 0;
  const hasStatus = row.custom !== true || subresourcesOf(row, version).status !== undefined;
  const { metadata: _m, status, ...desired } = object;
  const { metadata: _cm, status: statusBefore, ...desiredBefore } = current;
  const isChanged = !deepEqual(desired, desiredBefore) || !(hasStatus || deepEqual(status, statusBefore));
  const { movesGeneration } = row.strategy;
  const asUsual = movesGeneration === undefined || subresource !== '';
  const moves = asUsual ? isChanged : movesGeneration(object, current, isChanged);
  object.metadata.generation = moves ? was + 1 : was;
  if (object.metadata.generation === 0) delete object.metadata.generation;
}

async function checked(
  target: Target,
  object: KubeObject,
  current: KubeObject,
  options: WriteOptions,
  plan: UpdatePlan,
  context: HookContext,
): Promise<void> {
  const { row } = target.endpoint;
  const errors = new FieldErrors();
  const standardFinalizers = knowsFinalizers(row);
  validateObjectMeta(
    object.metadata,
    { namespaced: row.namespaced, nameRule: 'path-segment', standardFinalizers },
    errors,
  );
  validateObjectMetaUpdate(object.metadata, current.metadata, errors);
  const all = [...errors.list, ...(strategyOf(target, plan)?.validateUpdate?.(object, current, context) ?? [])];
  if (all.length > 0) throw invalidObject(row, target.name, all);
  await validateUpdateAdmission(target, { object, oldObject: current }, options, plan);
}

async function validateUpdateAdmission(
  target: Target,
  objects: { readonly object: KubeObject; readonly oldObject: KubeObject },
  options: WriteOptions,
  { admission, optionsKind }: UpdatePlan,
): Promise<void> {
  if (admission === 'asked' || target.machinery.admission.length === 0) return;
  if (admission === undefined) {
    return validateAdmission(target, updateAttributes(target, objects, options, optionsKind));
  }
  const { endpoint } = target;
  const shown = {
    object: admission.show(await toEndpointVersion(endpoint, objects.object)),
    oldObject: admission.show(await toEndpointVersion(endpoint, objects.oldObject)),
  };
  await validateAdmission(target, updateAttributes(target, shown, options, optionsKind, admission.kind));
}

function strategyOf({ endpoint: { row, version }, subresource }: Target, plan: UpdatePlan): UpdateStrategy | undefined {
  if (plan.strategy !== undefined) return plan.strategy;
  return subresource === '' ? row.strategy : subresourcesOf(row, version)[subresource]?.strategy;
}

/** What admission is asked about an update. */
export function updateAttributes(
  target: Target,
  objects: { readonly object: KubeObject; readonly oldObject: KubeObject },
  { dryRun, fieldManager }: WriteOptions,
  optionsKind: UpdatePlan['optionsKind'],
  kind?: GroupVersionKind,
) {
  const options = {
    apiVersion: 'meta.k8s.io/v1',
    kind: optionsKind,
    fieldManager,
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  return attributesOf(target, 'UPDATE', objects, options, dryRun, kind);
}

/** An object that is being deleted goes with its last finalizer, when its grace period is over. */
function mayGo(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if ((deletionGracePeriodSeconds ?? 0) > 0) return false;
  return !holdsNamespaceFinalizers(object);
}

/** Namespaces have finalizers of their own in the spec. */
export function holdsNamespaceFinalizers(object: KubeObject): boolean {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false;
  const finalizers = (object.spec as { finalizers?: unknown[] } | undefined)?.finalizers;
  return (finalizers?.length ?? 0) > 0;
}
