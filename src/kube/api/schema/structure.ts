import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode, HakoError } from '#base';

/** One package of definitions, as `npm run generate` wrote it into `generated/structure.json`. */
export interface PackageStructure {
  /** '' is the core group; `meta` and `version` are of no group. */
  readonly group: string;
  readonly version: string;
  /** Fields by definition: `containers!:[]Container nodeName:string`; `!` marks the required ones. */
  readonly definitions: Readonly<Record<string, string>>;
  /** The definitions that are kinds of the API, lists among them. */
  readonly kinds: readonly string[];
}

/** The package of the kinds and types that are of no group. */
export const META_PACKAGE = 'io.k8s.apimachinery.pkg.apis.meta.v1';

let packages: ReadonlyMap<string, PackageStructure> | undefined;
let byGroupVersion: ReadonlyMap<string, string> | undefined;

/** All packages by name (`io.k8s.api.core.v1`). Reads the file the first time: 100 KB, parsed in a millisecond. */
export function structure(): ReadonlyMap<string, PackageStructure> {
  packages ??= new Map(Object.entries(readGenerated<Record<string, PackageStructure>>('structure.json')));
  return packages;
}

/** The package of a group's version: `apps/v1` → `io.k8s.api.apps.v1`. */
export function packageOf(group: string, version: string): string | undefined {
  byGroupVersion ??= new Map([...structure()].map(([name, each]) => [`${each.group}/${each.version}`, name]));
  return byGroupVersion.get(`${group}/${version}`);
}

/** Reads one file of the generated folder. Throws a HakoError (`failed_precondition`) when it was never generated. */
export function readGenerated<T>(file: string): T {
  const path = join(import.meta.dirname, 'generated', file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (cause) {
    if (errnoCode(cause) !== 'ENOENT') throw cause;
    const message = `The schemas of the built-in kinds are missing (${path}): run npm run generate`;
    throw new HakoError('failed_precondition', message, { cause });
  }
}
