import { HakoError } from '#base';
import { isRawNumber } from '../json/raw-number.ts';
import { wireOf } from './decode.ts';
import { type Field, type FieldType, messageNamed } from './table.ts';
import type { Writer } from './writer.ts';

/** Writes the content of a message: the fields of `value` that it knows; null and what is absent is left out. */
export function encodeMessage(value: unknown, name: string, writer: Writer): void {
  const { special, descending } = messageNamed(name);
  const fields = special === undefined ? value : special.fromJson(value);
  if (typeof fields !== 'object' || fields === null) throw mismatch(name, value);
  for (const field of descending) {
    if (field.isInline && typeof field.type === 'object') {
      const { message } = field.type;
      writer.message(field.number, () => encodeMessage(fields, message, writer));
    } else if (Object.hasOwn(fields, field.name)) {
      writeField((fields as Record<string, unknown>)[field.name], field, writer);
    }
  }
}

function writeField(value: unknown, field: Field, writer: Writer): void {
  if (value === undefined || value === null) return;
  if (field.shape === 'one') writeValue(value, field, field.number, writer);
  else if (field.shape === 'map') writeMap(value, field, writer);
  else writeItems(value, field, writer);
}

function writeItems(value: unknown, field: Field, writer: Writer): void {
  if (!Array.isArray(value)) throw mismatch(field.name, value);
  for (let at = value.length - 1; at >= 0; at--) writeValue(value[at], field, field.number, writer);
}

/** Entries by key, as Go writes them, so that the same object gives the same bytes. */
function writeMap(value: unknown, field: Field, writer: Writer): void {
  if (typeof value !== 'object' || value === null) throw mismatch(field.name, value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? 1 : -1));
  for (const [key, item] of entries) {
    writer.message(field.number, () => {
      if (item !== null && item !== undefined) writeValue(item, field, 2, writer);
      writer.string(key);
      writer.tag(1, 2);
    });
  }
}

function writeValue(value: unknown, field: Field, number: number, writer: Writer): void {
  const { type } = field;
  if (typeof type === 'object') {
    writer.message(number, () => encodeMessage(value, type.message, writer));
    return;
  }
  if (!writeScalar(value, type, writer)) throw mismatch(field.name, value);
  writer.tag(number, wireOf(field));
}

/** False: the value is none of that type. */
function writeScalar(value: unknown, type: Exclude<FieldType, object>, writer: Writer): boolean {
  if (type === 'string' && typeof value === 'string') writer.string(value);
  else if (type === 'bytes' && typeof value === 'string') writer.bytes(Buffer.from(value, 'base64'));
  else if (type === 'raw' && value instanceof Uint8Array) writer.bytes(value);
  else if (type === 'bool' && typeof value === 'boolean') writer.uint32(value ? 1 : 0);
  else if (type === 'double' && typeof value === 'number') writer.double(value);
  else if (type === 'double' && isRawNumber(value)) writer.double(Number(value.rawJSON));
  else if ((type === 'int32' || type === 'int64') && Number.isSafeInteger(value)) writer.int64(value as number);
  else if (type === 'int64' && isRawNumber(value)) writer.int64(BigInt(value.rawJSON));
  else return false;
  return true;
}

function mismatch(name: string, value: unknown): HakoError {
  return new HakoError('internal', `${name} cannot be written as protobuf: its value is ${typeof value}`);
}
