import type { KubeObject } from '#kube/api';
import { encodeProtobuf, encodeWatchEvent } from '#kube/codec/protobuf';

/** One watch event in protobuf: its length in four bytes, and the event around the object's envelope. */
export function encodeLine(type: string, object: unknown): Buffer {
  const { apiVersion, kind } = object as KubeObject;
  const encoded = encodeProtobuf(object as KubeObject, { apiVersion, kind });
  if (encoded === undefined) throw new Error(`${apiVersion} ${kind} has no protobuf form`);
  return encodeWatchEvent(type, encoded);
}
