import { isUtf8 } from 'node:buffer';
import type { Value } from '../contract.ts';

/** How bytes of upstream begin that are no text: protobuf, and what is encrypted. */
const BINARY_PREFIXES = [Buffer.from('k8s\0'), Buffer.from('k8s:enc:')];

/**
 * etcd knows bytes only. What is UTF-8 was text, but for what begins as upstream's protobuf or encrypted values do: that could be
 * UTF-8 by chance.
 */
export function readValue(bytes: Buffer): Value {
  const isBinary = BINARY_PREFIXES.some((prefix) => bytes.subarray(0, prefix.length).equals(prefix));
  return isBinary || !isUtf8(bytes) ? Uint8Array.from(bytes) : bytes.toString('utf8');
}
