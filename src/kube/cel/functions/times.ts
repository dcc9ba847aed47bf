import { EvaluationError } from '../cel-error.ts';
import { NANOS } from '../values/time.ts';
import type { Duration, Timestamp } from '../values/value.ts';
import { type Overload, overload } from './overload.ts';

const DAY_MS = 86_400_000;
const OFFSET = /^([+-]?)(\d\d):(\d\d)$/;
const zones = new Map<string, Intl.DateTimeFormat>();
const MAX_ZONES = 64;

/** Milliseconds since 1970, moved so that UTC's calendar shows the zone's. */
function inZone({ nanos }: Timestamp, zone: string): Date {
  const ms = Number(floorDivide(nanos, 1_000_000n));
  if (zone === '' || zone === 'UTC') return new Date(ms);
  const offset = OFFSET.exec(zone);
  if (offset === null) return new Date(ms + namedOffsetMs(zone, ms));
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  return new Date(ms + (offset[1] === '-' ? -minutes : minutes) * 60_000);
}

function namedOffsetMs(zone: string, ms: number): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour % 24, minute, second) - Math.floor(ms / 1000) * 1000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = zones.get(zone);
  if (format !== undefined) return format;
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', second: 'numeric', ...fields });
  } catch (cause) {
    throw new EvaluationError(`unknown time zone ${zone}`, { cause });
  }
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(zone, format);
  return format;
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);
}

const FIELDS: readonly [string, (date: Date) => number][] = [
  ['getFullYear', (date) => date.getUTCFullYear()],
  ['getMonth', (date) => date.getUTCMonth()],
  ['getDayOfYear', dayOfYear],
  ['getDayOfMonth', (date) => date.getUTCDate() - 1],
  ['getDate', (date) => date.getUTCDate()],
  ['getDayOfWeek', (date) => date.getUTCDay()],
  ['getHours', (date) => date.getUTCHours()],
  ['getMinutes', (date) => date.getUTCMinutes()],
  ['getSeconds', (date) => date.getUTCSeconds()],
  ['getMilliseconds', (date) => date.getUTCMilliseconds()],
];
const PARTS: readonly [string, bigint][] = [
  ['getHours', NANOS * 3600n],
  ['getMinutes', NANOS * 60n],
  ['getSeconds', NANOS],
];

/** The parts of timestamps and durations. */
export function times(): Overload[] {
  return [
    ...FIELDS.flatMap(([name, read]) => [
      overload(`timestamp.${name}(): int`, (moment: Timestamp) => BigInt(read(inZone(moment, '')))),
      overload(`timestamp.${name}(string): int`, (moment: Timestamp, zone: string) =>
        BigInt(read(inZone(moment, zone))),
      ),
    ]),
    ...PARTS.map(([name, unit]) => overload(`duration.${name}(): int`, ({ nanos }: Duration) => nanos / unit)),
    overload('duration.getMilliseconds(): int', ({ nanos }: Duration) => (nanos % NANOS) / 1_000_000n),
  ];
}
