import type { OpenapiV2 } from '#kube/api/openapi';
import { Writer } from './writer.ts';

/**
 * How JSON of OpenAPI v2 becomes the protobuf of gnostic, which old clients ask for: a message is its JSON keys with
 * numbers and types, `x-` keys apart. A type in brackets is a list, in braces a map of names; a word in capitals is a
 * message.
 */
type Keys = Readonly<Record<string, readonly [number: number, type: string]>>;

/** The messages' keys. `_` is the number under which the message keeps its `x-` keys. */
const MESSAGES: Readonly<Record<string, Keys>> = {
  Document: {
    swagger: [1, 'string'],
    info: [2, 'Info'],
    paths: [8, 'Paths'],
    definitions: [9, 'Definitions'],
    security: [12, '[SecurityRequirement]'],
    securityDefinitions: [13, 'SecurityDefinitions'],
  },
  Info: { title: [1, 'string'], version: [2, 'string'] },
  PathItem: {
    get: [2, 'Operation'],
    put: [3, 'Operation'],
    post: [4, 'Operation'],
    delete: [5, 'Operation'],
    patch: [8, 'Operation'],
    parameters: [9, '[ParametersItem]'],
  },
  Operation: {
    tags: [1, '[string]'],
    description: [3, 'string'],
    operationId: [5, 'string'],
    produces: [6, '[string]'],
    consumes: [7, '[string]'],
    parameters: [8, '[ParametersItem]'],
    responses: [9, 'Responses'],
    schemes: [10, '[string]'],
    _: [13, 'any'],
  },
  BodyParameter: {
    description: [1, 'string'],
    name: [2, 'string'],
    in: [3, 'string'],
    required: [4, 'bool'],
    schema: [5, 'Schema'],
  },
  QueryParameter: {
    required: [1, 'bool'],
    in: [2, 'string'],
    description: [3, 'string'],
    name: [4, 'string'],
    type: [6, 'string'],
    uniqueItems: [20, 'bool'],
  },
  PathParameter: {
    required: [1, 'bool'],
    in: [2, 'string'],
    description: [3, 'string'],
    name: [4, 'string'],
    type: [5, 'string'],
    uniqueItems: [19, 'bool'],
  },
  Response: { description: [1, 'string'], schema: [2, 'SchemaItem'] },
  Schema: {
    $ref: [1, 'string'],
    format: [2, 'string'],
    title: [3, 'string'],
    description: [4, 'string'],
    default: [5, 'any'],
    multipleOf: [6, 'double'],
    maximum: [7, 'double'],
    exclusiveMaximum: [8, 'bool'],
    minimum: [9, 'double'],
    exclusiveMinimum: [10, 'bool'],
    maxLength: [11, 'int64'],
    minLength: [12, 'int64'],
    pattern: [13, 'string'],
    maxItems: [14, 'int64'],
    minItems: [15, 'int64'],
    uniqueItems: [16, 'bool'],
    maxProperties: [17, 'int64'],
    minProperties: [18, 'int64'],
    required: [19, '[string]'],
    enum: [20, '[any]'],
    additionalProperties: [21, 'SchemaOrBool'],
    type: [22, 'TypeItem'],
    items: [23, 'SchemaItem'],
    properties: [25, 'Properties'],
    _: [31, 'any'],
  },
  ApiKeySecurity: { type: [1, 'string'], name: [2, 'string'], in: [3, 'string'] },
};

/** Messages that are maps: where their entries go, and of what the entries are. */
const MAPS: Readonly<Record<string, readonly [number: number, type: string]>> = {
  Paths: [2, 'PathItem'],
  Definitions: [1, 'Schema'],
  Properties: [1, 'Schema'],
  Responses: [1, 'ResponseValue'],
  SecurityRequirement: [1, 'StringArray'],
  SecurityDefinitions: [1, 'SecurityItem'],
};

/** Messages that only wrap: the numbers on the way down, and what is at the bottom. */
const WRAPPERS: Readonly<Record<string, readonly [numbers: readonly number[], type: string]>> = {
  SchemaItem: [[1], 'Schema'],
  ResponseValue: [[1], 'Response'],
  SecurityItem: [[2], 'ApiKeySecurity'],
  TypeItem: [[1], 'string'],
  StringArray: [[1], '[string]'],
};

/** The media type under which clients ask for it. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Encodes a document as `openapi.v2.Document`. */
export function encodeOpenapiV2(document: OpenapiV2): Buffer {
  const writer = new Writer(1 << 20);
  writeContent(document, 'Document', writer);
  return writer.finish();
}

/** Writes one field with its number. */
function writeField(value: unknown, number: number, type: string, writer: Writer): void {
  if (value === undefined) return;
  if (type.startsWith('[')) {
    for (const item of (value as readonly unknown[]).toReversed()) writeField(item, number, type.slice(1, -1), writer);
  } else if (type === 'string') {
    writer.string(String(value));
    writer.tag(number, 2);
  } else if (type === 'bool') {
    writer.uint32(value === true ? 1 : 0);
    writer.tag(number, 0);
  } else if (type === 'int64') {
    writer.int64(Number(value));
    writer.tag(number, 0);
  } else if (type === 'double') {
    writer.double(Number(value));
    writer.tag(number, 1);
  } else writer.message(number, () => writeContent(value, type, writer));
}

/** Writes the content of a message. */
function writeContent(value: unknown, type: string, writer: Writer): void {
  const wrapper = WRAPPERS[type];
  if (type === 'any') writeField(JSON.stringify(value), 2, 'string', writer);
  else if (type === 'ParametersItem') writeParameter(value as { in: string }, writer);
  else if (type === 'SchemaOrBool') {
    const isBool = typeof value === 'boolean';
    writeField(value, isBool ? 2 : 1, isBool ? 'bool' : 'Schema', writer);
  } else if (wrapper !== undefined) writeWrapped(value, wrapper[0], wrapper[1], writer);
  else if (MAPS[type] !== undefined) writeEntries(value as object, MAPS[type], writer);
  else writeKeys(value as Readonly<Record<string, unknown>>, MESSAGES[type] ?? {}, writer);
}

/** Parameters are wrapped in unions, one within the other. */
function writeParameter(value: { in: string }, writer: Writer): void {
  if (value.in === 'body') writeWrapped(value, [1, 1], 'BodyParameter', writer);
  else if (value.in === 'path') writeWrapped(value, [1, 2, 4], 'PathParameter', writer);
  else writeWrapped(value, [1, 2, 3], 'QueryParameter', writer);
}

function writeWrapped(value: unknown, [number = 1, ...more]: readonly number[], type: string, writer: Writer): void {
  if (more.length === 0) writeField(value, number, type, writer);
  else writer.message(number, () => writeWrapped(value, more, type, writer));
}

function writeEntries(map: object, [number, type]: readonly [number, string], writer: Writer): void {
  for (const [name, value] of Object.entries(map).reverse()) {
    writer.message(number, () => {
      writeField(value, 2, type, writer);
      writeField(name, 1, 'string', writer);
    });
  }
}

function writeKeys(value: Readonly<Record<string, unknown>>, keys: Keys, writer: Writer): void {
  const known = Object.entries(keys).sort(([, [a]], [, [b]]) => b - a);
  for (const [key, [number, type]] of known) {
    if (key !== '_') {
      if (Object.hasOwn(value, key)) writeField(value[key], number, type, writer);
      continue;
    }
    const extensions = Object.entries(value).filter(([name]) => name.startsWith('x-'));
    writeEntries(Object.fromEntries(extensions), [number, type], writer);
  }
}
