import { path } from './api.ts';

/** The path of a container's endpoint; a leading slash, as old names have it, is dropped. */
export function containerPath(reference: string, verb: string): string {
  return path`/containers/${reference.replace(/^\//, '')}` + verb;
}
