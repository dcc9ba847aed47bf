import {
  badRequest,
  conflict,
  formatLabelMatcher,
  invalid,
  invalidObject,
  type KubeObject,
  type LabelSelector,
  labelMatcher,
  notFound,
  OBJECT_MODIFIED,
  subresourcesOf,
} from '#kube/api';
import { schemaOfKind } from '#kube/api/schema';
import { cloneJson, conform } from '#kube/codec';
import { type ObjectAnswer, objectAnswer } from '../answer.ts';
import { admit } from '../verbs/admit.ts';
import { checkObject, decodeBody } from '../verbs/body.ts';
import { patchDocument } from '../verbs/patch-document.ts';
import { toEndpointVersion } from '../verbs/storage-version.ts';
import { resourceOf, type Target } from '../verbs/target.ts';
import { type UpdatePlan, updateAttributes, writeUpdate } from '../verbs/update.ts';
import { type WriteOptions, writeOptions } from '../verbs/write-options.ts';

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** GET of a scale subresource. */
export async function getScale(target: Target): Promise<ObjectAnswer> {
  const entry = await target.store.get(target.store.key(target.namespace, target.name));
  if (entry === undefined) throw notFound(resourceOf(target), target.name);
  return objectAnswer(scaleOf(target, await toEndpointVersion(target.endpoint, entry.copy())));
}

/** PUT of a scale: changes the replicas that the object wants, and nothing else. */
export async function updateScale(target: Target): Promise<ObjectAnswer> {
  const body = checkObject(
    target.machinery,
    target.request,
    SCALE,
    { schema: () => schemaOfKind(SCALE) },
    await decodeBody(target.request.body),
  );
  if ((body.metadata.name ?? target.name) !== target.name) {
    throw badRequest(
      `the name of the object (${body.metadata.name}) does not match the name on the URL (${target.name})`,
    );
  }
  return setScale(target, () => cloneJson(body), 'UpdateOptions');
}

/** PATCH of a scale in any patch form. */
export async function patchScale(target: Target): Promise<ObjectAnswer> {
  const { request, machinery } = target;
  const make = await patchDocument(request, {
    schema: schemaOfKind(SCALE),
    resolve: machinery.resolveSchema,
    custom: false,
  });
  return setScale(target, (scale) => conformed(target, make(scale)), 'PatchOptions');
}

function conformed({ machinery }: Target, value: unknown): KubeObject {
  if (typeof value !== 'object' || value === null) throw badRequest('what came out is no Scale');
  conform(value, schemaOfKind(SCALE), machinery.resolveSchema);
  return value as KubeObject;
}

async function setScale(
  target: Target,
  next: (scale: KubeObject) => KubeObject,
  optionsKind: UpdatePlan['optionsKind'],
): Promise<ObjectAnswer> {
  const options = writeOptions(target.request, optionsKind);
  const { row } = target.endpoint;
  const answer = await writeUpdate(target, options, {
    optionsKind,
    create: undefined,
    strategy: row.strategy,
    admission: { kind: SCALE, show: (object) => scaleOf(target, object) },
    next: async (current) => {
      const scale = await admitted(
        target,
        next(scaleOf(target, current)),
        scaleOf(target, current),
        options,
        optionsKind,
      );
      const wanted = scale.metadata?.resourceVersion;
      current.metadata.resourceVersion = wanted ?? current.metadata.resourceVersion ?? '';
      setPath(current, pathsOf(target).specReplicasPath, replicasOf(target, scale));
      return current;
    },
    checkPrecondition: (current, changed) => checkVersion(target, current, changed),
  });
  return objectAnswer(scaleOf(target, answer.object() as KubeObject));
}

/** The Scale after the plugins that mutate, whose word on it is checked as the client's was. */
async function admitted(
  target: Target,
  scale: KubeObject,
  oldScale: KubeObject,
  options: WriteOptions,
  optionsKind: UpdatePlan['optionsKind'],
): Promise<KubeObject> {
  const attributes = updateAttributes(target, { object: scale, oldObject: oldScale }, options, optionsKind, SCALE);
  return (await admit(target, attributes)) ? conformed(target, attributes.object) : scale;
}

function checkVersion(target: Target, current: KubeObject, changed: KubeObject): void {
  const wanted = changed.metadata.resourceVersion;
  if (wanted === '' || wanted === undefined || wanted === current.metadata.resourceVersion) return;
  throw conflict(resourceOf(target), target.name, OBJECT_MODIFIED);
}

function replicasOf(target: Target, scale: KubeObject): number {
  const replicas = (scale.spec as { replicas?: number } | undefined)?.replicas ?? 0;
  if (replicas >= 0) return replicas;
  throw invalidObject(SCALE, target.name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
}

/** The Scale of an object, by the paths of its resource. */
function scaleOf(target: Target, object: KubeObject): KubeObject {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = pathsOf(target);
  const { name = '', namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = labelSelectorPath === undefined ? undefined : selectorText(at(object, labelSelectorPath));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: { replicas: numberAt(object, specReplicasPath) },
    status: { replicas: numberAt(object, statusReplicasPath), ...(selector === undefined ? {} : { selector }) },
  };
}

function pathsOf({ endpoint: { row, version }, subresource }: Target) {
  const paths = subresourcesOf(row, version)[subresource]?.scale;
  if (paths === undefined) throw new Error(`${row.plural} has no scale paths`);
  return paths;
}

function numberAt(object: KubeObject, path: string): number {
  const value = at(object, path);
  return typeof value === 'number' ? value : 0;
}

function selectorText(value: unknown): string | undefined {
  if (typeof value === 'string' || value === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const isSelector = 'matchLabels' in value || 'matchExpressions' in value || Object.keys(value).length === 0;
  const selector = (isSelector ? value : { matchLabels: value }) as LabelSelector;
  return formatLabelMatcher(labelMatcher(selector) ?? []);
}

function at(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function setPath(object: KubeObject, path: string, replicas: number): void {
  const keys = path.split('.').slice(1);
  const last = keys.pop() as string;
  let parent: Record<string, unknown> = object;
  for (const key of keys) {
    if (!Object.hasOwn(parent, key) || typeof parent[key] !== 'object' || parent[key] === null) parent[key] = {};
    parent = parent[key] as Record<string, unknown>;
  }
  parent[last] = replicas;
}
