import { decodeJson, encodeJson } from '../json/decode-json.ts';
import { formatTime, parseTime, type Timestamp } from './time.ts';

/** A message as an object of its fields: `raw` fields are Buffers, messages within are JSON already. */
export type Fields = Record<string, unknown>;

/** Makes an object out of bytes that begin as the envelope of protobuf does. */
export type OpenEnvelope = (bytes: Buffer) => unknown;

/** A message whose JSON is not an object of its fields: how one becomes the other. */
export interface SpecialMessage {
  /** undefined: nothing stands in JSON. */
  readonly toJson: (fields: Fields, open: OpenEnvelope) => unknown;
  readonly fromJson: (value: unknown) => Fields;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const RAW_EXTENSION = 'io.k8s.apimachinery.pkg.runtime.RawExtension';
/** `k8s`, and a zero. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0]);

/** Do the bytes begin as protobuf of Kubernetes does? */
export function isEnvelope(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

/** The beginning of every protobuf body. */
export function envelopeMagic(): Uint8Array {
  return MAGIC;
}

const json = (name: string): SpecialMessage => ({
  toJson: (fields) => parseJson(fields[name]),
  fromJson: (value) => ({ [name]: Buffer.from(encodeJson(value)) }),
});
const time = (isMicro: boolean): SpecialMessage => ({
  // Go writes its zero time as an empty message.
  toJson: ({ seconds, nanos }) =>
    seconds === undefined && nanos === undefined
      ? undefined
      : formatTime({ seconds: Number(seconds ?? 0), nanos: Number(nanos ?? 0) }, isMicro),
  fromJson: (value): Fields => ({ ...(parseTime(String(value)) satisfies Timestamp) }),
});
const strings: SpecialMessage = {
  toJson: ({ items }) => items ?? [],
  fromJson: (value) => ({ items: value }),
};

const SPECIAL: Readonly<Record<string, SpecialMessage>> = {
  [`${META}.FieldsV1`]: json('Raw'),
  [`${META}.MicroTime`]: time(true),
  [`${META}.Time`]: time(false),
  [`${META}.Verbs`]: strings,
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    toJson: ({ string }) => string ?? '0',
    fromJson: (value) => ({ string: String(value) }),
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    toJson: ({ type, intVal, strVal }) => (type === 1 ? (strVal ?? '') : (intVal ?? 0)),
    fromJson: (value) => (typeof value === 'string' ? { type: 1, strVal: value } : { type: 0, intVal: value }),
  },
  [RAW_EXTENSION]: {
    toJson: ({ raw }, open) => (raw instanceof Buffer && isEnvelope(raw) ? open(raw) : parseJson(raw)),
    fromJson: (value) => ({ raw: Buffer.from(encodeJson(value)) }),
  },
  [`${EXTENSIONS}.JSON`]: json('raw'),
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: {
    toJson: ({ schema, jSONSchemas }) => jSONSchemas ?? schema,
    fromJson: (value) => (Array.isArray(value) ? { jSONSchemas: value } : { schema: value }),
  },
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: {
    toJson: ({ allows, schema }) => schema ?? allows ?? false,
    fromJson: (value) => (typeof value === 'boolean' ? { allows: value } : { allows: true, schema: value }),
  },
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: {
    toJson: ({ schema, property }) => property ?? schema,
    fromJson: (value) => (Array.isArray(value) ? { property: value } : { schema: value }),
  },
};
const byName = new Map(Object.entries(SPECIAL));

/** How the JSON of a message differs from its fields; undefined: it doesn't. */
export function specialMessage(name: string): SpecialMessage | undefined {
  return name.endsWith('.ExtraValue') ? strings : byName.get(name);
}

/** JSON that travels as bytes; keys that stand twice count as in JSON.parse. */
function parseJson(raw: unknown): unknown {
  return raw instanceof Buffer && raw.length > 0 ? decodeJson(raw.toString()).value : undefined;
}
