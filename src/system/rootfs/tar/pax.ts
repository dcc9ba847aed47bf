/** PAX extended headers: `length key=value\n` records (pax(1), "pax Extended Header"). Keys and values are bytes. */
import { HakoError } from '#base';
import type { FileTime } from '../../node.ts';
import type { ByteString } from '../bytes.ts';

/** One record; a key may come more than once (GNU sparse 0.0), so order and repetition are kept. */
export type PaxRecord = readonly [key: ByteString, value: ByteString];

/** Parses the body of an `x` header. Throws `invalid` where a record is malformed. */
export function parsePax(body: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let start = 0; start < body.length; ) {
    const space = body.indexOf(0x20, start);
    const length = recordLength(body, start, space);
    const record = body.toString('latin1', space + 1, start + length - 1);
    const equals = record.indexOf('=');
    if (equals < 1) throw malformed();
    records.push([record.slice(0, equals), record.slice(equals + 1)]);
    start += length;
  }
  return records;
}

function recordLength(body: Buffer, start: number, space: number): number {
  const digits = space < 0 ? '' : body.toString('latin1', start, space);
  if (!/^[1-9][0-9]{0,7}$/.test(digits)) throw malformed();
  const length = Number(digits);
  const end = start + length;
  if (end > body.length || end - 1 <= space || body[end - 1] !== 0x0a) throw malformed();
  return length;
}

function malformed(): HakoError {
  return new HakoError('invalid', 'the tar archive is damaged: a PAX header has a malformed record');
}

/** The body of an `x` header with these records. */
export function encodePax(records: readonly PaxRecord[]): Buffer {
  return Buffer.from(records.map(encodeRecord).join(''), 'latin1');
}

/** The length counts its own digits. */
function encodeRecord([key, value]: PaxRecord): ByteString {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}

/** A PAX time, `seconds[.fraction]`, maybe negative. Digits beyond nanoseconds are cut. */
export function parsePaxTime(text: string): FileTime {
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(text);
  if (match === null)
    throw new HakoError('invalid', `the tar archive is damaged: "${text.slice(0, 40)}" is not a time`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  const seconds = Number(whole);
  if (sign === '') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds }
    : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}

/** A decimal PAX number of at most `max`. */
export function parsePaxNumber(text: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= max) return value;
  throw new HakoError(
    'invalid',
    `the tar archive is damaged: "${text.slice(0, 40)}" is not a number, or too large a one`,
  );
}
