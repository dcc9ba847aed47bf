import { setOwn } from '../json/own-property.ts';
import { malformed, Reader } from './reader.ts';
import type { Fields, OpenEnvelope } from './special.ts';
import { type Field, type Message, messageNamed } from './table.ts';

/** Schemas of CRDs nest deepest, two or three messages a level. */
const MAX_DEPTH = 200;

/** Makes JSON objects out of messages. Throws a StatusError (400) for bytes that are no such message. */
export class Decoder {
  readonly #reader: Reader;
  readonly #open: OpenEnvelope;
  #depth = 0;

  /** `open` is asked for objects that stand in an envelope of their own. */
  constructor(reader: Reader, open: OpenEnvelope) {
    this.#reader = reader;
    this.#open = open;
  }

  /** Reads a message to its end as what it is in JSON. */
  read(message: Message): unknown {
    const fields: Fields = {};
    this.readInto(fields, message);
    return message.special === undefined ? fields : message.special.toJson(fields, this.#open);
  }

  /** Reads the fields of a message into `target`. Fields that nobody knows are passed over. */
  readInto(target: Fields, message: Message): void {
    const reader = this.#reader;
    while (!reader.isAtEnd) {
      const tag = reader.tag();
      const field = message.byNumber[tag >>> 3];
      if (field === undefined) reader.skip(tag & 7);
      else if (field.shape === 'list') this.#readItems(target, field, tag & 7);
      else if (field.shape === 'map') this.#readEntry(target, field, tag & 7);
      else this.#readOne(target, field, tag & 7);
    }
  }

  #readOne(target: Fields, field: Field, wire: number): void {
    expectWire(field, wire);
    if (field.isInline && typeof field.type === 'object') {
      const inner = messageNamed(field.type.message);
      this.#within(() => this.readInto(target, inner));
      return;
    }
    const value = this.#readValue(field);
    const isAbsent = value === undefined || (!field.keepsZero && (value === '' || value === 0 || value === false));
    if (!isAbsent) target[field.name] = value;
  }

  #readItems(target: Fields, field: Field, wire: number): void {
    const known = target[field.name];
    const list: unknown[] = Array.isArray(known) ? known : [];
    target[field.name] = list;
    if (wire === 2 && wireOf(field) !== 2) {
      // Numbers may come packed, though Go doesn't send them so.
      this.#within(() => {
        while (!this.#reader.isAtEnd) list.push(this.#readValue(field));
      });
      return;
    }
    expectWire(field, wire);
    list.push(this.#readValue(field));
  }

  /** An entry of a map is a message of its own: key 1, value 2. */
  #readEntry(target: Fields, field: Field, wire: number): void {
    if (wire !== 2) throw malformed(`${field.name} is no map`);
    target[field.name] ??= {};
    const map = target[field.name] as Fields;
    const reader = this.#reader;
    this.#within(() => {
      let key = '';
      let value: unknown;
      let hasValue = false;
      while (!reader.isAtEnd) {
        const tag = reader.tag();
        if (tag === 0x0a) key = reader.string();
        else if (tag >>> 3 === 2) {
          expectWire(field, tag & 7);
          value = this.#readValue(field);
          hasValue = true;
        } else reader.skip(tag & 7);
      }
      setOwn(map, key, (hasValue ? value : this.#zeroOf(field)) ?? null);
    });
  }

  #readValue({ type }: Field): unknown {
    const reader = this.#reader;
    switch (type) {
      case 'string':
        return reader.string();
      case 'bool':
        return reader.int64() !== 0;
      case 'int32':
      case 'int64':
        return reader.int64();
      case 'double':
        return reader.double();
      case 'bytes':
        return reader.bytes().toString('base64');
      case 'raw':
        return reader.bytes();
      default: {
        const message = messageNamed(type.message);
        return this.#within(() => this.read(message));
      }
    }
  }

  /** What an entry without a value means. */
  #zeroOf({ type }: Field): unknown {
    if (typeof type === 'object') {
      return new Decoder(new Reader(Buffer.alloc(0)), this.#open).read(messageNamed(type.message));
    }
    return type === 'bool' ? false : type === 'string' || type === 'bytes' ? '' : 0;
  }

  /** Does `work` while the reader is in the message that comes next. */
  #within<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw malformed(`messages nested deeper than ${MAX_DEPTH}`);
    const end = this.#reader.enter();
    const done = work();
    this.#reader.leave(end);
    this.#depth--;
    return done;
  }
}

function expectWire(field: Field, wire: number): void {
  if (wire !== wireOf(field)) throw malformed(`the field ${field.name} in the wrong wire type ${wire}`);
}

/** The wire type of one value of a field. */
export function wireOf({ type }: Field): 0 | 1 | 2 {
  if (type === 'bool' || type === 'int32' || type === 'int64') return 0;
  return type === 'double' ? 1 : 2;
}
