import type { KubeObject } from '#kube/api';
import { encodeProtobuf } from '#kube/codec/protobuf';

/** One watch event in protobuf: its length in four bytes, big endian, and the encoded `WatchEvent`. */
export function encodeLine(type: string, object: unknown): Buffer {
  const event = { type, object } as unknown as KubeObject;
  const bytes = encodeProtobuf(event, { apiVersion: 'v1', kind: 'WatchEvent' });
  if (bytes === undefined) throw new Error('WatchEvent has no protobuf form');
  const framed = Buffer.allocUnsafe(4 + bytes.length);
  framed.writeUInt32BE(bytes.length);
  framed.set(bytes, 4);
  return framed;
}
