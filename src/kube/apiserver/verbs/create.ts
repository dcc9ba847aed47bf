import { alreadyExists, badRequest, type HookContext, invalidObject, type KubeObject } from '#kube/api';
import { FieldErrors, METADATA, validateObjectMeta } from '#kube/api/values';
import { entryAnswer, type ObjectAnswer, objectAnswer } from '../answer.ts';
import { admit, attributesOf, validateAdmission } from './admit.ts';
import { readObject } from './body.ts';
import { trackWrite } from './managed-fields.ts';
import { fillSystemFields, generateName, knowsFinalizers, takeNamespace } from './metadata.ts';
import { toEndpointVersion, toStorageVersion, toWorkingVersion } from './storage-version.ts';
import { contextOf, kindOf, resourceOf, type Target } from './target.ts';
import { type WriteOptions, writeOptions } from './write-options.ts';

/** Names are generated again when they are taken, so often. */
const NAME_TRIES = 8;
const NAME = METADATA.child('name');

/** Creates the object in the body: POST on a collection. */
export async function create(target: Target): Promise<ObjectAnswer> {
  const { machinery, request, endpoint } = target;
  const options = writeOptions(request, 'CreateOptions');
  const object = await readObject(machinery, request, kindOf(endpoint), endpoint.version);
  return createObject(target, object, options);
}

/** The rest of a create, for those who have the object already: PUT and apply of what is not there. */
export async function createObject(
  target: Target,
  body: KubeObject,
  options: WriteOptions,
  manage: ManageFields = trackCreate,
): Promise<ObjectAnswer> {
  const { machinery, endpoint } = target;
  takeNamespace(target, body);
  if ((body.metadata.resourceVersion ?? '') !== '' && body.metadata.resourceVersion !== '0') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const context = contextOf(target);
  const generated = (body.metadata.name ?? '') === '' && (body.metadata.generateName ?? '') !== '';
  const object = await prepared(target, body, options, context, manage);
  const hook = machinery.writeHooks.get(hookName(target));
  for (let tries = 1; ; tries++) {
    if (generated && tries > 1) delete object.metadata.name;
    generateName(object);
    const held = await hook?.prepare(object, undefined, options.dryRun);
    try {
      check(target, object, context);
      await validateAdmission(target, createAttributes(target, object, options));
      if (options.dryRun) return await dryAnswer(target, object);
      const { store } = target;
      const stored = endpoint.row.convert === undefined ? object : await toStorageVersion(endpoint, object);
      const entry = await store.create(store.key(target.namespace, object.metadata.name ?? ''), stored);
      if (entry !== undefined) {
        await held?.keep();
        return await entryAnswer(endpoint, entry, 201);
      }
      if (!generated || tries === NAME_TRIES) throw alreadyExists(resourceOf(target), object.metadata.name ?? '');
      await held?.undo();
    } catch (error) {
      await held?.undo();
      throw error;
    }
  }
}

/** Who wrote which fields: `trackCreate`, or apply's own. */
export type ManageFields = (
  target: Target,
  object: KubeObject,
  options: WriteOptions,
  nowMs: number,
) => void | Promise<void>;

const trackCreate: ManageFields = (target, object, options, nowMs) =>
  trackWrite(target, undefined, object, options, nowMs);

/**
 * Defaults, mutating admission, and the kind's own preparations; in the working version. Who writes owns what was sent and its defaults,
 * as upstream has it: not what admission and the kind add.
 */
async function prepared(
  target: Target,
  body: KubeObject,
  options: WriteOptions,
  context: HookContext,
  manage: ManageFields,
): Promise<KubeObject> {
  const { endpoint } = target;
  const { strategy } = endpoint.row;
  let object = await toWorkingVersion(endpoint, body);
  strategy.setDefaults?.(object);
  fillSystemFields(object, context.nowMs);
  const managed = manage(target, object, options, context.nowMs);
  if (managed instanceof Promise) await managed;
  const attributes = createAttributes(target, object, options);
  if (await admit(target, attributes)) {
    object = attributes.object ?? object;
    strategy.setDefaults?.(object);
  }
  // Some kinds put the name into labels.
  generateName(object);
  strategy.prepareForCreate?.(object, context);
  if (strategy.hasGeneration === true) object.metadata.generation = 1;
  else delete object.metadata.generation;
  return object;
}

function createAttributes(target: Target, object: KubeObject, { dryRun, fieldManager }: WriteOptions) {
  const options = {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'CreateOptions',
    fieldManager,
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  return attributesOf(target, 'CREATE', { object, oldObject: undefined }, options, dryRun);
}

function check({ endpoint: { row } }: Target, object: KubeObject, context: HookContext): void {
  const { metadata } = object;
  const errors = new FieldErrors();
  if ((metadata.name ?? '') === '') errors.required(NAME, 'name or generateName is required');
  const nameRule = row.strategy.nameRule ?? 'dns-subdomain';
  const standardFinalizers = knowsFinalizers(row);
  validateObjectMeta(metadata, { namespaced: row.namespaced, nameRule, standardFinalizers }, errors);
  const all = [...errors.list, ...(row.strategy.validate?.(object, context) ?? [])];
  if (all.length > 0) throw invalidObject(row, metadata.name ?? '', all);
}

async function dryAnswer(target: Target, object: KubeObject): Promise<ObjectAnswer> {
  const { store, namespace, endpoint } = target;
  const { name = '' } = object.metadata;
  if ((await store.get(store.key(namespace, name))) !== undefined) throw alreadyExists(resourceOf(target), name);
  return objectAnswer(await toEndpointVersion(endpoint, object), 201, endpoint);
}

/** The key of a resource in `Machinery.writeHooks`. */
export function hookName({ endpoint: { row } }: Target): string {
  return row.group === '' ? row.plural : `${row.plural}.${row.group}`;
}
