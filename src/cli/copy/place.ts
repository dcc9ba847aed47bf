/** The two sides of `hako cp`, and docker's rules about what lands where. */
import { CliError } from '../errors.ts';

export interface Place {
  container: string | undefined;
  path: string;
}

/** `web:/etc` is in a container; `/a:b`, `./a:b` and `-` are here. */
export function parsePlace(text: string): Place {
  const colon = text.indexOf(':');
  if (text === '-' || text.startsWith('/') || text.startsWith('.') || colon < 1)
    return { container: undefined, path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) || '/' };
}

/** What is at a path: the facts that the rules need. */
export interface Facts {
  exists: boolean;
  isDir: boolean;
}

/** Where to unpack, and under which name the source's top entry goes there; undefined keeps its own name. */
export interface Landing {
  dir: string;
  name: string | undefined;
}

/**
 * Docker's copy rules (as `cp -r` has them): into an existing folder under the own name, or its content with `/.`;
 * over an existing file; or to a new name, whose folder must exist. Throws CliError.
 */
export function landing(source: { path: string; isDir: boolean }, target: { path: string } & Facts): Landing {
  const wantsDir = /\/\.?$/.test(target.path) || /(^|\/)\.$/.test(target.path);
  if (target.exists && target.isDir) return { dir: target.path, name: wantsContent(source) ? '.' : undefined };
  if (target.exists) {
    if (source.isDir) throw new CliError(`cannot copy the folder ${source.path} over the file ${target.path}`);
    if (wantsDir) throw new CliError(`${target.path} is no folder`);
  } else if (wantsDir && !source.isDir) {
    throw new CliError(`the folder ${target.path} does not exist: make it first`);
  }
  const path = target.path.replace(/\/+\.?$/, '') || '/';
  return { dir: dirName(path), name: baseName(path) };
}

function wantsContent({ path, isDir }: { path: string; isDir: boolean }): boolean {
  return isDir && /(^|\/)\.$/.test(path);
}

/** The last name of a path; '/' for the root. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) || '/';
}

/** What is before the last name. */
export function dirName(path: string): string {
  const slash = path.replace(/\/+$/, '').lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}
