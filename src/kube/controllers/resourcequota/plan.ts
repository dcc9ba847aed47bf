import type { QuotaEvaluator } from '#kube/admission';
import type { KubeObject, ResourceDefinition, Shared } from '#kube/api';
import { addResourceList, canonicalQuantity, type ResourceList, semanticEqual, setEntry } from '#kube/api/values';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from './types.ts';

/** A resource that a quota counts, and how. */
export interface Counted {
  readonly row: ResourceDefinition;
  readonly evaluator: QuotaEvaluator;
}

/** The objects of one counted resource in the quota's namespace. */
export interface Tally {
  readonly evaluator: QuotaEvaluator;
  readonly objects: readonly Shared<KubeObject>[];
}

/** The resources of which a quota counts something. */
export function countedResources(
  { spec }: Shared<ResourceQuota>,
  rows: readonly ResourceDefinition[],
  evaluatorOf: (resource: { group: string; resource: string }) => QuotaEvaluator | undefined,
): Counted[] {
  const names = Object.keys(spec?.hard ?? {});
  return rows.flatMap((row) => {
    if (!row.namespaced || row.stored === false) return [];
    const evaluator = evaluatorOf({ group: row.group, resource: row.plural });
    return evaluator !== undefined && names.some((name) => evaluator.counts(name)) ? [{ row, evaluator }] : [];
  });
}

/** The status that a quota should have; undefined: it has it. What nobody can count now stays as it was. Pure. */
export function planQuota(
  { spec, status }: Shared<ResourceQuota>,
  tallies: readonly Tally[],
): { hard: ResourceList; used: ResourceList } | undefined {
  const hard: ResourceList = {};
  const used: ResourceList = {};
  const counted = totalOf(tallies, scopesOf(spec));
  for (const name of Object.keys(spec?.hard ?? {})) {
    setEntry(hard, name, spec?.hard?.[name] ?? '0');
    const before = own(status?.used, name) ?? '0';
    const isCounted = tallies.some(({ evaluator }) => evaluator.counts(name));
    setEntry(used, name, isCounted ? canonicalQuantity(own(counted, name) ?? '0') : before);
  }
  return semanticEqual(status, { hard, used }) ? undefined : { hard, used };
}

function totalOf(
  tallies: readonly Tally[],
  scopes: readonly Shared<ScopedResourceSelectorRequirement>[],
): ResourceList {
  const total: ResourceList = {};
  for (const { evaluator, objects } of tallies) {
    for (const object of objects) {
      if (scopes.every((scope) => evaluator.inScope?.(scope, object) === true)) {
        addResourceList(total, evaluator.usage(object));
      }
    }
  }
  return total;
}

/** All of a quota's scopes, which must all hold. */
function scopesOf(spec: Shared<ResourceQuota>['spec']): Shared<ScopedResourceSelectorRequirement>[] {
  const short = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...short, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

function own(list: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return list !== undefined && Object.hasOwn(list, name) ? list[name] : undefined;
}
