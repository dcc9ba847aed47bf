import { hash } from 'node:crypto';
import { groupVersion } from '../object.ts';
import type { ResourceDefinition } from '../resource.ts';
import { readDescriptions } from '../schema/mod.ts';
import { openapiV3Document } from './document-v3.ts';
import { rootPath } from './operations.ts';

/** One document of the index. */
export interface DocumentV3 {
  /** `/openapi/v3/apis/apps/v1`. */
  readonly path: string;
  readonly text: string;
  /** SHA-512/256 of the text, in capital hexadecimal digits: the ETag, and the `hash` of the index. */
  readonly hash: string;
}

/** The documents of all group versions that the rows serve, one at a time, in their order. */
export function* openapiV3Documents(rows: readonly ResourceDefinition[]): Generator<DocumentV3> {
  const words = readDescriptions();
  for (const [apiVersion, path] of groupVersionPaths(rows)) {
    const text = openapiV3Document(apiVersion, rows, words);
    if (text !== undefined) yield { path, text, hash: hashOf(text) };
  }
}

/** The hash by which clients cache a document. */
export function hashOf(text: string): string {
  return hash('sha512-256', text, 'hex').toUpperCase();
}

/** The body of `/openapi/v3`: where each group version's document is; the hash in its address makes it immutable. */
export function openapiV3Index(documents: Iterable<Pick<DocumentV3, 'path' | 'hash'>>): string {
  const paths = [...documents].map((document) => [
    document.path.slice('/openapi/v3/'.length),
    { serverRelativeURL: `${document.path}?hash=${document.hash}` },
  ]);
  return JSON.stringify({ paths: Object.fromEntries(paths) });
}

function groupVersionPaths(rows: readonly ResourceDefinition[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { group, versions } of rows) {
    for (const { name: version } of versions) {
      found.set(groupVersion({ group, version }), `/openapi/v3${rootPath(group, version)}`);
    }
  }
  return found;
}
