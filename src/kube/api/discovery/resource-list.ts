import { hash } from 'node:crypto';
import { groupVersion } from '../object.ts';
import { type ResourceDefinition, type Subresource, subresourcesOf, type Verb } from '../resource.ts';
import { compareText, servedResources } from './order.ts';

/** One entry of `/apis/GROUP/VERSION` (`metav1.APIResource`). */
export interface ApiResource {
  /** `deployments`, `deployments/scale`. */
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  /** Where the body's kind is of another group version. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly Verb[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

/** The body of `/api/v1` and `/apis/GROUP/VERSION`. */
export interface ApiResourceList {
  readonly kind: 'APIResourceList';
  readonly apiVersion: 'v1';
  readonly groupVersion: string;
  readonly resources: readonly ApiResource[];
}

/** The resources of one group version, or undefined when nothing serves it. */
export function apiResourceList(
  rows: readonly ResourceDefinition[],
  group: string,
  version: string,
): ApiResourceList | undefined {
  const served = servedResources(rows, group, version);
  if (served.length === 0) return undefined;
  const resources = served.flatMap((row) => resourceEntries(row, version));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion({ group, version }), resources };
}

function resourceEntries(row: ResourceDefinition, version: string): ApiResource[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = row;
  const main = {
    ...{ name: plural, singularName: singular, namespaced, kind, verbs: sortVerbs(row.verbs) },
    ...(shortNames === undefined ? {} : { shortNames }),
    ...(categories === undefined ? {} : { categories }),
    ...(row.stored === false ? {} : { storageVersionHash: storageVersionHash(row) }),
  };
  const below = sortedSubresources(row, version).map(([name, sub]) => subresourceEntry(row, version, name, sub));
  return [main, ...below];
}

function subresourceEntry(row: ResourceDefinition, version: string, name: string, sub: Subresource): ApiResource {
  const { body } = sub;
  const elsewhere = body !== undefined && (body.group !== row.group || body.version !== version);
  return {
    ...{ name: `${row.plural}/${name}`, singularName: '', namespaced: row.namespaced },
    ...(elsewhere ? { group: body.group, version: body.version } : {}),
    ...{ kind: body?.kind ?? row.kind, verbs: sortVerbs(sub.verbs) },
  };
}

/** Subresources of a version by name. */
export function sortedSubresources(row: ResourceDefinition, version: string): [name: string, sub: Subresource][] {
  const served = row.versions.find(({ name }) => name === version);
  return Object.entries(subresourcesOf(row, served)).sort(([a], [b]) => compareText(a, b));
}

/** Verbs in upstream's order, which is the alphabet's. */
export function sortVerbs(verbs: readonly Verb[]): Verb[] {
  return verbs.toSorted(compareText);
}

/** Changes when the stored version does: the first 8 bytes of a SHA-256 of `group/version/kind`, in base64. */
export function storageVersionHash({ group, storageVersion, kind }: ResourceDefinition): string {
  return hash('sha256', `${group}/${storageVersion}/${kind}`, 'buffer').subarray(0, 8).toString('base64');
}
