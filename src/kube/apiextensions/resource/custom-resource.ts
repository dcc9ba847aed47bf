import { isDeepStrictEqual } from 'node:util';
import { ALL_VERBS, groupVersion, type KubeObject, parseGroupVersion, type ResourceDefinition } from '#kube/api';
import { cloneJson } from '#kube/codec';
import type { ConversionClient } from '../conversion/conversion-client.ts';
import { webhookConversion } from '../conversion/webhook-conversion.ts';
import type { CrdVersion, CustomResourceDefinition } from '../types.ts';
import { compareVersions } from './compare-versions.ts';
import { customStrategy, customSubresources } from './strategy.ts';
import { CompiledVersion } from './version.ts';

/**
 * The row of a CRD: from here on its resource goes the way of every other. Objects that a schema of earlier days let in are pruned and
 * completed when they are read, which costs; so it is done only where the CRD has changed since it was created.
 */
export function customResource(crd: CustomResourceDefinition, conversions: ConversionClient): ResourceDefinition {
  const { group, names, scope, versions } = crd.spec;
  const compiled = new Map(versions.map((version) => [version.name, new CompiledVersion(crd, version)]));
  const storage = versions.find((version) => version.storage)?.name ?? '';
  const stored = compiled.get(storage);
  if (stored === undefined) throw new Error(`${crd.metadata.name} has no storage version`);
  const compiledOf = ({ apiVersion }: KubeObject) => compiled.get(parseGroupVersion(apiVersion).version) ?? stored;
  const served = servedVersions(crd);
  const withStatus = new Set(
    versions.filter(({ subresources }) => subresources?.status !== undefined).map(({ name }) => name),
  );
  const accepted = { ...names, ...crd.status?.acceptedNames };
  return {
    group,
    plural: names.plural,
    singular: accepted.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: accepted.listKind ?? `${names.kind}List`,
    shortNames: accepted.shortNames ?? [],
    categories: accepted.categories ?? [],
    namespaced: scope === 'Namespaced',
    custom: true,
    verbs: crd.metadata.deletionTimestamp === undefined ? ALL_VERBS : ALL_VERBS.filter((verb) => verb !== 'create'),
    versions: served
      .toSorted((a, b) => compareVersions(a.name, b.name))
      .map((version) => ({
        ...(compiled.get(version.name) as CompiledVersion).row,
        subresources: customSubresources(version, compiledOf),
      })),
    storageVersion: storage,
    storagePrefix: `${group}/${names.plural}`,
    strategy: customStrategy(compiledOf, withStatus),
    ...readRepair(crd, compiled),
    ...(versions.length > 1 ? { convert: conversionOf(crd, compiled, conversions) } : {}),
    convertsLabels: versions.length > 1 && crd.spec.conversion?.strategy === 'Webhook',
  };
}

/** While the last objects of a CRD are deleted, they can be reached even if no version is served. */
function servedVersions({ metadata, spec: { versions } }: CustomResourceDefinition): CrdVersion[] {
  const served = versions.filter((version) => version.served);
  if (served.length > 0 || metadata.deletionTimestamp === undefined) return served;
  return versions.filter((version) => version.storage);
}

function readRepair(
  crd: CustomResourceDefinition,
  compiled: ReadonlyMap<string, CompiledVersion>,
): Pick<ResourceDefinition, 'onRead'> {
  const changed = (crd.metadata.generation ?? 1) > 1;
  const defaultsDiffer =
    compiled.size > 1 && [...compiled.values()].some(({ setDefaults }) => setDefaults !== undefined);
  if (!changed && !defaultsDiffer) return {};
  return {
    onRead: (object) => {
      const version = compiled.get(parseGroupVersion(object.apiVersion).version);
      version?.setDefaults?.(object);
      version?.prune(object);
    },
  };
}

/** What comes out has what the schema of its version knows, as upstream has it: whoever writes in a version forgets what only others know. */
function conversionOf(
  crd: CustomResourceDefinition,
  compiled: ReadonlyMap<string, CompiledVersion>,
  conversions: ConversionClient,
): NonNullable<ResourceDefinition['convert']> {
  if (crd.spec.conversion?.strategy === 'Webhook') {
    const convert = webhookConversion(crd, conversions);
    return async (objects, toVersion) => {
      const complete = objects.map((object) => withDefaults(object, compiled));
      const converted = await convert(complete, toVersion);
      // Those that were in the version already are the caller's.
      for (const [index, object] of converted.entries()) {
        if (object !== complete[index]) compiled.get(toVersion)?.prune(object);
      }
      return converted;
    };
  }
  const isOneSchema = crd.spec.versions.every(({ schema }) => isDeepStrictEqual(schema, crd.spec.versions[0]?.schema));
  return (objects, toVersion) => {
    const apiVersion = groupVersion({ group: crd.spec.group, version: toVersion });
    return objects.map((object): KubeObject => {
      if (isOneSchema || object.apiVersion === apiVersion) return { ...object, apiVersion };
      const converted = { ...cloneJson(object, object.metadata.managedFields), apiVersion };
      compiled.get(toVersion)?.prune(converted);
      return converted;
    });
  };
}

/** Webhooks are asked about complete objects. */
function withDefaults(object: KubeObject, compiled: ReadonlyMap<string, CompiledVersion>): KubeObject {
  const setDefaults = compiled.get(parseGroupVersion(object.apiVersion).version)?.setDefaults;
  if (setDefaults === undefined) return object;
  const complete = cloneJson(object);
  setDefaults(complete);
  return complete;
}
