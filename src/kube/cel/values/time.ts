import { EvaluationError } from '../cel-error.ts';
import { Duration, Timestamp } from './value.ts';

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const DURATION = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
const MAX_NANOS = 2n ** 63n - 1n;
/** The years 1 to 9999, in seconds since 1970. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;
/** Nanoseconds of a second. */
export const NANOS = 1_000_000_000n;

/** Reads Go's durations: `1h30m`, `-1.5s`. Undefined for what isn't one. */
export function parseDuration(text: string): Duration | undefined {
  if (text.length > 64) return undefined;
  if (text === '0') return new Duration(0n);
  const sign = DURATION.exec(text)?.[1];
  if (sign === undefined) return undefined;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(PART)) {
    const scale = UNITS.get(unit) ?? 1n;
    nanos += BigInt(whole === '' ? '0' : whole) * scale;
    if (fraction !== '') nanos += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return nanos > MAX_NANOS ? undefined : new Duration(sign === '-' ? -nanos : nanos);
}

/** Reads RFC 3339. Undefined for what isn't a moment. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return undefined;
  const [, date = '', time = '', fraction = '', zone = ''] = parts;
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(ms)) return undefined;
  const nanos = BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0') || '0');
  return checkedTimestamp(nanos);
}

/** A moment between the years 1 and 9999. */
function checkedTimestamp(nanos: bigint): Timestamp | undefined {
  const seconds = nanos / NANOS;
  return seconds < MIN_SECONDS || seconds > MAX_SECONDS ? undefined : new Timestamp(nanos);
}

/** The moment, or the error that upstream reports. */
export function timestampOrThrow(nanos: bigint): Timestamp {
  const timestamp = checkedTimestamp(nanos);
  if (timestamp === undefined) throw new EvaluationError('timestamp overflow');
  return timestamp;
}

/** The length of time, or the error that upstream reports. */
export function durationOrThrow(nanos: bigint): Duration {
  if (nanos > MAX_NANOS || nanos < -MAX_NANOS - 1n) throw new EvaluationError('duration overflow');
  return new Duration(nanos);
}

/** `90s`, `1.5s`: durations as strings. */
export function formatDuration({ nanos }: Duration): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  const fraction = (absolute % NANOS).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${absolute / NANOS}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** RFC 3339 in UTC. */
export function formatTimestamp({ nanos }: Timestamp): string {
  const below = ((nanos % NANOS) + NANOS) % NANOS;
  const seconds = (nanos - below) / NANOS;
  const fraction = below.toString().padStart(9, '0').replace(/0+$/, '');
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${text}${fraction === '' ? '' : `.${fraction}`}Z`;
}
