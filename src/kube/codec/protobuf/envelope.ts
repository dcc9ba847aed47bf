import { badRequest } from '#kube/api';
import { Decoder } from './decode.ts';
import { encodeMessage } from './encode.ts';
import { malformed, Reader } from './reader.ts';
import { envelopeMagic, type Fields, isEnvelope } from './special.ts';
import { messageNamed, messageOfKind } from './table.ts';
import { Writer } from './writer.ts';

const UNKNOWN = 'io.k8s.apimachinery.pkg.runtime.Unknown';
const WATCH_EVENT = 'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent';
/** Objects that hold objects that hold objects, each in an envelope of its own. */
const MAX_ENVELOPES = 8;

/** What a body says it is. */
export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A body of protobuf as the JSON object that it stands for; `apiVersion` and `kind` are in the object too. */
export interface Decoded extends TypeMeta {
  readonly object: Record<string, unknown>;
}

/**
 * Decodes a body of `application/vnd.kubernetes.protobuf`: `k8s`, a zero, and a `runtime.Unknown` around a message of
 * a built-in kind. Zeros that Go writes for absent fields are left out, those that were set stay. `expected` stands in
 * where the body doesn't say what it is. Throws a StatusError (400) for anything else.
 */
export function decodeProtobuf(bytes: Uint8Array, expected?: TypeMeta): Decoded {
  return open(bytes, expected, 0);
}

function open(bytes: Uint8Array, expected: TypeMeta | undefined, level: number): Decoded {
  if (!isEnvelope(bytes)) throw malformed('it does not begin with the bytes 6b 38 73 00');
  if (level >= MAX_ENVELOPES) throw malformed(`objects within objects, more than ${MAX_ENVELOPES} deep`);
  const openInner = (inner: Buffer) => open(inner, undefined, level + 1).object;
  const unknown: Fields = {};
  new Decoder(new Reader(bytes, 4), openInner).readInto(unknown, messageNamed(UNKNOWN));
  const { apiVersion, kind } = typeOf(unknown, expected);
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined)
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const raw = unknown.raw instanceof Buffer ? unknown.raw : Buffer.alloc(0);
  const object = { apiVersion, kind };
  new Decoder(new Reader(raw), openInner).readInto(object, messageNamed(message));
  return { apiVersion, kind, object };
}

function typeOf(unknown: Fields, expected: TypeMeta | undefined): TypeMeta {
  const { apiVersion, kind } = (unknown.typeMeta ?? {}) as Partial<TypeMeta>;
  const found = { apiVersion: apiVersion ?? expected?.apiVersion ?? '', kind: kind ?? expected?.kind ?? '' };
  if (found.kind === '') throw badRequest("Object 'Kind' is missing in the protobuf of the request");
  if (found.apiVersion === '') throw badRequest("Object 'apiVersion' is missing in the protobuf of the request");
  return found;
}

/**
 * Encodes an object of a built-in kind as the body of an answer; undefined when its kind has no protobuf (CRDs,
 * tables): then the answer is JSON, or 406.
 */
export function encodeProtobuf(object: object, type: TypeMeta): Buffer | undefined {
  const message = messageOfKind(type.apiVersion, type.kind);
  if (message === undefined) return undefined;
  const writer = new Writer();
  writer.message(2, () => encodeMessage(object, message, writer));
  writer.message(1, () => {
    writer.string(type.kind);
    writer.tag(2, 2);
    writer.string(type.apiVersion);
    writer.tag(1, 2);
  });
  writer.raw(envelopeMagic());
  return writer.finish();
}

/**
 * One event of a watch in `application/vnd.kubernetes.protobuf;stream=watch`: four bytes of length, the highest first,
 * and a bare WatchEvent around the object's own envelope (which many watchers may share).
 */
export function encodeWatchEvent(type: string, encodedObject: Uint8Array): Buffer {
  const writer = new Writer(encodedObject.length + 64);
  encodeRawEvent(type, encodedObject, writer);
  const length = writer.length;
  writer.raw(Uint8Array.from([length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff]));
  return writer.finish();
}

function encodeRawEvent(type: string, encodedObject: Uint8Array, writer: Writer): void {
  writer.message(2, () => {
    writer.bytes(encodedObject);
    writer.tag(1, 2);
  });
  writer.string(type);
  writer.tag(1, 2);
}

/** Reads one frame of such a watch, without its length. */
export function decodeWatchEvent(frame: Uint8Array): { type: string; object: unknown } {
  const openInner = (inner: Buffer) => open(inner, undefined, 1).object;
  const { type, object } = new Decoder(new Reader(frame), openInner).read(messageNamed(WATCH_EVENT)) as Fields;
  return { type: typeof type === 'string' ? type : '', object };
}
