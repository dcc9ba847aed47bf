import { isDeepStrictEqual } from 'node:util';
import { type GroupVersionResource, ignoring, type KubeObject } from '#kube/api';
import type { Client } from '#kube/client';
import { AUTO_UPDATE, defaultFlowSchemas, defaultPriorityLevels } from './defaults.ts';

type Options = { readonly signal?: AbortSignal };

/** Makes the default priority levels and flow schemas that are missing, and keeps the spec of those that are marked for it. */
export async function reconcileFlowControl(client: Client, options: Options = {}): Promise<void> {
  await Promise.all([
    reconcile(client, 'prioritylevelconfigurations', defaultPriorityLevels(), options),
    reconcile(client, 'flowschemas', defaultFlowSchemas(), options),
  ]);
}

async function reconcile(
  client: Client,
  resource: string,
  wanted: readonly KubeObject[],
  options: Options,
): Promise<void> {
  const gvr: GroupVersionResource = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', resource };
  const { items } = await client.list(gvr, options);
  const there = new Map(items.map((item) => [item.metadata.name, item]));
  await Promise.all(
    wanted.map((object) => reconcileOne(client, gvr, object, there.get(object.metadata.name), options)),
  );
}

/** Another server may do the same at the same time. */
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
  if (there.metadata.annotations?.[AUTO_UPDATE] !== 'true' || holds(there.spec, wanted.spec)) return;
  await ignoring(client.update(gvr, { ...there, spec: wanted.spec }, options), 'Conflict');
}

/** Is everything of `wanted` in `there`? Defaults that the server filled in are no difference. */
function holds(there: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted) !== Array.isArray(there)) {
    return isDeepStrictEqual(there, wanted);
  }
  if (typeof there !== 'object' || there === null) return false;
  if (Array.isArray(wanted) && wanted.length !== (there as unknown[]).length) return false;
  return Object.entries(wanted).every(([name, value]) => holds((there as Record<string, unknown>)[name], value));
}
