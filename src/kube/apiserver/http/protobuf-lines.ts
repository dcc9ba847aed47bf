import { encodeProtobuf, encodeWatchEvent, type TypeMeta } from '#kube/codec/protobuf';

/**
 * One watch event in protobuf: its length in four bytes, big endian, and a `WatchEvent` around the object's own envelope. What has no
 * protobuf (tables) stands in it as JSON.
 */
export function encodeLine(type: string, object: unknown): Buffer {
  const { apiVersion, kind } = object as TypeMeta;
  const encoded = encodeProtobuf(object as TypeMeta, { apiVersion, kind });
  return encodeWatchEvent(type, encoded ?? Buffer.from(JSON.stringify(object)));
}
