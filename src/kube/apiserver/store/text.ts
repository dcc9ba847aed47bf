import type { KubeObject } from '#kube/api';
import { decodeJson } from '#kube/codec';
import type { Value } from '#kube/storage';

/** Where the text of an object's metadata begins; nothing before it can hold these characters. */
const METADATA = '"metadata":{';

/** The keys that a text begins with. */
const FIRST = { apiVersion: undefined, kind: undefined, metadata: undefined };

/**
 * The stored form of an object: JSON with apiVersion, kind and metadata first, without a resourceVersion, which is known only when the
 * write is done and is put in by `withRevision`.
 */
export function toText(object: KubeObject): string {
  // What is undefined is not written. Overwriting is much quicker than copying all but some keys.
  const stored: Record<string, unknown> = { ...FIRST, ...object };
  stored.metadata = { ...object.metadata, resourceVersion: undefined };
  return JSON.stringify(stored);
}

/** The JSON that clients get: the stored text with the revision as its resourceVersion. No parsing: this is the way of every read. */
export function withRevision(text: string, revision: number): string {
  const at = text.indexOf(METADATA) + METADATA.length;
  const comma = text.charCodeAt(at) === 0x7d ? '' : ',';
  return `${text.slice(0, at)}"resourceVersion":"${revision}"${comma}${text.slice(at)}`;
}

const LONG_INTEGER = /[:[,]-?\d{16}/;

/** Parses a stored text; the object has its resourceVersion. */
export function fromText(text: string, revision: number): KubeObject {
  // JSON.parse would round integers beyond 2^53; hardly any object has one.
  const object = (LONG_INTEGER.test(text) ? decodeJson(text).value : JSON.parse(text)) as KubeObject;
  object.metadata.resourceVersion = String(revision);
  return object;
}

/** The text of a stored value. Encrypted values come decrypted from the storage. */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}
