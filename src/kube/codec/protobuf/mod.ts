/** Protobuf, as Go clients speak it by default: bodies of built-in kinds to JSON objects and back. */
export {
  type Decoded,
  decodeProtobuf,
  decodeWatchEvent,
  encodeProtobuf,
  encodeWatchEvent,
  type TypeMeta,
} from './envelope.ts';
export { encodeOpenapiV2, OPENAPI_V2_PROTOBUF } from './gnostic.ts';
export { ProtobufList } from './list.ts';
