import { malformed, Reader } from './reader.ts';
import { type Fields, type OpenEnvelope, specialMessage } from './special.ts';
import { type Field, type Message, messageNamed } from './table.ts';

/** Schemas of CRDs nest deepest, two or three messages a level. */
const MAX_DEPTH = 200;

/** What stays the same while one body is decoded. */
export interface DecodeContext {
  readonly open: OpenEnvelope;
}

/** Reads a message to its end as the object that it is in JSON. Throws a StatusError (400) for what is no such message. */
export function decodeMessage(reader: Reader, name: string, context: DecodeContext, depth = 0): unknown {
  const fields: Fields = {};
  decodeInto(fields, reader, messageNamed(name), context, depth);
  const special = specialMessage(name);
  return special === undefined ? fields : special.toJson(fields, context.open);
}

/** Reads the fields of a message into `target`. Fields that nobody knows are passed over. */
export function decodeInto(
  target: Fields,
  reader: Reader,
  message: Message,
  context: DecodeContext,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw malformed(`messages nested deeper than ${MAX_DEPTH}`);
  while (!reader.isAtEnd) {
    const tag = reader.tag();
    const field = message.byNumber.get(tag >>> 3);
    if (field === undefined) reader.skip(tag & 7);
    else if (field.shape === 'list') readItems(target, field, reader, tag & 7, context, depth);
    else if (field.shape === 'map') readEntry(target, field, reader, tag & 7, context, depth);
    else readOne(target, field, reader, tag & 7, context, depth);
  }
}

function readOne(
  target: Fields,
  field: Field,
  reader: Reader,
  wire: number,
  context: DecodeContext,
  depth: number,
): void {
  expectWire(field, wire);
  if (field.isInline && typeof field.type === 'object') {
    decodeInto(target, reader.message(), messageNamed(field.type.message), context, depth + 1);
    return;
  }
  const value = readValue(field, reader, context, depth);
  const isAbsent = value === undefined || (!field.keepsZero && (value === '' || value === 0 || value === false));
  if (!isAbsent) target[field.name] = value;
}

function readItems(
  target: Fields,
  field: Field,
  reader: Reader,
  wire: number,
  context: DecodeContext,
  depth: number,
): void {
  const known = target[field.name];
  const list: unknown[] = Array.isArray(known) ? known : [];
  target[field.name] = list;
  // Numbers may come packed, though Go doesn't send them so.
  if (wire === 2 && wireOf(field) !== 2) {
    const packed = reader.message();
    while (!packed.isAtEnd) list.push(readValue(field, packed, context, depth));
    return;
  }
  expectWire(field, wire);
  list.push(readValue(field, reader, context, depth));
}

/** An entry of a map is a message of its own: key 1, value 2. */
function readEntry(
  target: Fields,
  field: Field,
  reader: Reader,
  wire: number,
  context: DecodeContext,
  depth: number,
): void {
  if (wire !== 2) throw malformed(`${field.name} is no map`);
  target[field.name] ??= {};
  const map = target[field.name] as Fields;
  const entry = reader.message();
  let key = '';
  let value: unknown;
  let hasValue = false;
  while (!entry.isAtEnd) {
    const tag = entry.tag();
    if (tag === 0x0a) key = entry.string();
    else if (tag >>> 3 === 2) {
      expectWire(field, tag & 7);
      value = readValue(field, entry, context, depth);
      hasValue = true;
    } else entry.skip(tag & 7);
  }
  setOwn(map, key, (hasValue ? value : zeroOf(field, context)) ?? null);
}

/** As JSON.parse does: `__proto__` is a key like any other. */
function setOwn(object: Fields, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function readValue(field: Field, reader: Reader, context: DecodeContext, depth: number): unknown {
  switch (field.type) {
    case 'string':
      return reader.string();
    case 'bool':
      return reader.integer() !== 0;
    case 'int32':
    case 'int64':
      return reader.integer();
    case 'double':
      return reader.double();
    case 'bytes':
      return reader.bytes().toString('base64');
    case 'raw':
      return reader.bytes();
    default:
      return decodeMessage(reader.message(), field.type.message, context, depth + 1);
  }
}

/** What an entry without a value means. */
function zeroOf({ type }: Field, context: DecodeContext): unknown {
  if (typeof type === 'object') return decodeMessage(new Reader(Buffer.alloc(0)), type.message, context);
  return type === 'bool' ? false : type === 'string' || type === 'bytes' ? '' : 0;
}

function expectWire(field: Field, wire: number): void {
  if (wire !== wireOf(field)) throw malformed(`the field ${field.name} in the wrong wire type ${wire}`);
}

/** The wire type of one value of a field. */
export function wireOf({ type }: Field): 0 | 1 | 2 {
  if (type === 'bool' || type === 'int32' || type === 'int64') return 0;
  return type === 'double' ? 1 : 2;
}
