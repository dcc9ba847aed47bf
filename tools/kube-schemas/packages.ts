import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from './models.ts';

/** A group version and upstream's name of the package that defines it. */
export interface Package {
  /** `io.k8s.api.core.v1`. */
  readonly name: string;
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
}

/** A model that found its definition's name. */
export interface PlacedModel {
  readonly model: Model;
  readonly package: Package;
  /** The name within the package: `PodSpec`. */
  readonly name: string;
}

/** All models that the API needs, and the names that fields may refer to. */
export interface Placed {
  readonly definitions: readonly PlacedModel[];
  readonly byModel: ReadonlyMap<string, PlacedModel>;
}

const META: Package = { name: 'io.k8s.apimachinery.pkg.apis.meta.v1', group: 'meta', version: 'v1' };
const VERSION: Package = { name: 'io.k8s.apimachinery.pkg.version', group: 'version', version: '' };

/** The kinds and types that are of no group: `io.k8s.apimachinery.pkg.apis.meta.v1`. */
const META_MODELS = new Set(
  `APIGroup APIGroupList APIResource APIResourceList APIVersions Condition DeleteOptions FieldSelectorRequirement
  GroupResource GroupVersionForDiscovery LabelSelector LabelSelectorRequirement ListMeta ManagedFieldsEntry
  ObjectMeta OwnerReference Preconditions ServerAddressByClientCIDR ShardInfo Status StatusCause StatusDetails
  WatchEvent`.split(/\s+/),
);

/** Kinds that an API of another group serves as a subresource, and types that only other groups use: whose they are. */
const GUESTS: Readonly<Record<string, string>> = {
  V1Eviction: 'io.k8s.api.policy.v1',
  V1Scale: 'io.k8s.api.autoscaling.v1',
  V1TopologySelectorTerm: 'io.k8s.api.core.v1',
  V1TopologySelectorLabelRequirement: 'io.k8s.api.core.v1',
};

/**
 * Gives each model its definition's name. Kinds belong to the group whose API serves them; what they are made of
 * belongs to the same package, unless another one had it first: core goes first, for the others borrow of it.
 */
export function placeModels(models: ReadonlyMap<string, Model>, genFolder: string): Placed {
  const packages = readPackages(genFolder);
  const byModel = new Map<string, PlacedModel>();
  placeByName(models, packages, byModel);
  for (const { package: home, seeds } of packages) {
    for (const seed of seeds) placeTree(seed, home, models, byModel);
  }
  const missing = [...models.keys()].filter((name) => !byModel.has(name));
  if (missing.length > 0) throw new Error(`in no package: ${missing.join(', ')}`);
  return { definitions: [...byModel.values()].sort(byPackageAndName), byModel };
}

interface ServedPackage {
  readonly package: Package;
  /** The models that the API's methods take and answer. */
  readonly seeds: readonly string[];
}

function readPackages(genFolder: string): ServedPackage[] {
  const index = readFileSync(join(genFolder, 'types/PromiseAPI.js'), 'utf8');
  const apis = new Set([...index.matchAll(/Observable(\w+V\d\w*Api)\b/g)].map((match) => match[1] ?? ''));
  return [...apis].map((api) => readPackage(join(genFolder, 'apis', api))).sort((a, b) => rank(a) - rank(b));
}

function rank({ package: { group } }: ServedPackage): number {
  return group === '' ? 0 : 1;
}

function readPackage(path: string): ServedPackage {
  const path0 = /'\/api(?:s\/([^/']+))?\/(v\w+)\//.exec(readFileSync(`${path}.js`, 'utf8'));
  if (path0 === null) throw new Error(`${path}.js serves no path of a group`);
  const [, group = '', version = ''] = path0;
  const imports = readFileSync(`${path}.d.ts`, 'utf8').matchAll(/models\/(\w+)\.js'/g);
  const seeds = [...imports].map((match) => match[1] ?? '');
  return { package: { name: packageName(group, version), group, version }, seeds };
}

/** `rbac.authorization.k8s.io`, `v1` → `io.k8s.api.rbac.v1`. */
function packageName(group: string, version: string): string {
  if (group === 'apiextensions.k8s.io') return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}`;
  if (group === 'apiregistration.k8s.io') return `io.k8s.kube-aggregator.pkg.apis.apiregistration.${version}`;
  if (group === 'internal.apiserver.k8s.io') return `io.k8s.api.apiserverinternal.${version}`;
  return `io.k8s.api.${group === '' ? 'core' : group.split('.')[0]}.${version}`;
}

/** The models whose name alone says where they belong: `CoreV1Event`, those of meta, and guests. */
function placeByName(
  models: ReadonlyMap<string, Model>,
  packages: readonly ServedPackage[],
  byModel: Map<string, PlacedModel>,
): void {
  for (const model of models.values()) {
    const { prefix, version, name } = splitName(model.name);
    const home =
      model.name === 'VersionInfo'
        ? VERSION
        : version === 'v1' && META_MODELS.has(name)
          ? META
          : packages.find(
              (each) =>
                each.package.name === GUESTS[model.name] ||
                (prefix !== '' && each.package.name.endsWith(`.${prefix.toLowerCase()}.${version}`)),
            )?.package;
    if (home !== undefined) byModel.set(model.name, { model, package: home, name });
  }
}

/** `CoreV1Event` → core, v1, Event. */
function splitName(model: string): { prefix: string; version: string; name: string } {
  if (model === 'VersionInfo') return { prefix: '', version: '', name: 'Info' };
  const [, prefix = '', version = '', name = ''] = /^([A-Z][a-z]+)?(V\d+(?:(?:alpha|beta)\d+)?)(.+)$/.exec(model) ?? [];
  return { prefix, version: version.toLowerCase(), name };
}

function placeTree(
  modelName: string,
  home: Package,
  models: ReadonlyMap<string, Model>,
  byModel: Map<string, PlacedModel>,
  seen = new Set<string>(),
): void {
  const model = models.get(modelName);
  if (model === undefined || seen.has(modelName)) return;
  seen.add(modelName);
  const { version, name } = splitName(modelName);
  if (!byModel.has(modelName) && version === home.version) byModel.set(modelName, { model, package: home, name });
  const placed = byModel.get(modelName);
  if (placed === undefined || placed.package === META) return;
  for (const { type } of model.fields) {
    for (const [inner] of type.matchAll(/\w+/g)) placeTree(inner, placed.package, models, byModel, seen);
  }
}

function byPackageAndName(a: PlacedModel, b: PlacedModel): number {
  return compare(a.package.name, b.package.name) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
