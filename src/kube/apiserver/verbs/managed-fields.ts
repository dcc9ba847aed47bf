import { groupVersion, type KubeObject, parseGroupVersion } from '#kube/api';
import {
  type Apply,
  applyAcrossVersions,
  applyObject,
  type InVersion,
  isOfOtherVersions,
  trackAcrossVersions,
  trackUpdate,
} from '#kube/patch';
import type { Endpoint } from '../resources/catalog.ts';
import { apiVersionOf } from './converting-sink.ts';
import { resetFieldsOf, toEndpointVersion, toStorageVersion, workingVersionOf } from './storage-version.ts';
import type { Target } from './target.ts';
import type { WriteOptions } from './write-options.ts';

/**
 * Notes who has changed what, in the version of the request: `live` and `updated` are in the working version. Synchronous where everybody
 * has written in that version, as nearly always.
 */
export function trackWrite(
  target: Target,
  live: KubeObject | undefined,
  updated: KubeObject,
  { fieldManager }: WriteOptions,
  nowMs: number,
): void | Promise<void> {
  const { endpoint, subresource, machinery } = target;
  const apiVersion = apiVersionOf(endpoint);
  const update = {
    live,
    updated,
    manager: fieldManager,
    apiVersion,
    subresource,
    nowMs,
    schema: workingVersionOf(target).schema(),
    resolve: machinery.resolveSchema,
    ...resetFieldsOf(target),
  };
  const isOne = updated.apiVersion === apiVersion && !isMixed(live, updated, apiVersion);
  return isOne ? trackUpdate(update) : trackAcrossVersions(update, inVersionOf(target));
}

function isMixed(live: KubeObject | undefined, updated: KubeObject, apiVersion: string): boolean {
  return isOfOtherVersions(live, apiVersion) || isOfOtherVersions(updated, apiVersion);
}

/** Merges an applied configuration, which is in the request's version, into an object in whichever. */
export async function mergeApplied(
  target: Target,
  live: KubeObject | undefined,
  applied: KubeObject,
  { fieldManager, force }: WriteOptions,
): Promise<KubeObject> {
  const { endpoint, subresource, machinery } = target;
  const apply: Apply = {
    live: live === undefined ? undefined : await toEndpointVersion(endpoint, live),
    applied,
    manager: fieldManager,
    force: force === true,
    apiVersion: applied.apiVersion,
    subresource,
    nowMs: machinery.nowMs(),
    schema: endpoint.version.schema(),
    resolve: machinery.resolveSchema,
    ...resetFieldsOf(target),
  };
  if (!isOfOtherVersions(live, apply.apiVersion)) return applyObject(apply);
  return applyAcrossVersions(apply, inVersionOf(target));
}

/** Objects of a target in the versions that managed fields name. */
function inVersionOf(target: Target): InVersion {
  return async (object, apiVersion) => {
    const endpoint = endpointOf(target, apiVersion);
    if (endpoint === undefined) return undefined;
    // Who owns what is no matter of versions, and webhooks needn't read it.
    const { managedFields: _, ...metadata } = object.metadata;
    const bare = { ...object, metadata };
    const own = endpointOf(target, object.apiVersion) ?? target.endpoint;
    // The versions of built-in kinds are converted by way of the stored one.
    const start = endpoint.row.custom === true ? bare : await toStorageVersion(own, bare);
    return { object: await toEndpointVersion(endpoint, start), schema: endpoint.version.schema() };
  };
}

/** Where the objects of a target are served in a version; events have two groups, others one. */
function endpointOf({ endpoint, machinery }: Target, apiVersion: string): Endpoint | undefined {
  const { row, version } = endpoint;
  if (apiVersion === groupVersion({ group: row.group, version: version.name })) return endpoint;
  const { group, version: name } = parseGroupVersion(apiVersion);
  const found = machinery.catalog.find(group, name, row.plural);
  if (found === undefined) return undefined;
  const { group: home, storageGroup } = found.row;
  return home === row.group || storageGroup === row.group || home === row.storageGroup ? found : undefined;
}
