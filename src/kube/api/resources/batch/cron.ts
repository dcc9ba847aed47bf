/** What a five-field cron schedule matches: bit n of a field is set when n fits. */
export interface CronSchedule {
  readonly minutes: bigint;
  readonly hours: bigint;
  readonly daysOfMonth: bigint;
  readonly months: bigint;
  readonly daysOfWeek: bigint;
  /** Days match either way when neither field is `*`, both when one is. */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
  /** `@every 1h`: the distance between two times; the fields mean nothing then. */
  readonly everyMs?: number;
}

/** Why a text is no schedule, in the words that upstream's parser has for it. */
export class CronSyntaxError extends Error {
  override readonly name = 'CronSyntaxError';
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const BOUNDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const EVERY = '@every ';
const MAX_SPEC_LENGTH = 1024;

/**
 * Parses `30 4 * * mon-fri`, `@daily` or `@every 1h30m`. A time zone (`TZ=`) is not part of it. Throws a
 * CronSyntaxError.
 */
export function parseCron(spec: string): CronSchedule {
  if (spec === '') throw new CronSyntaxError('empty spec string');
  if (spec.length > MAX_SPEC_LENGTH) throw new CronSyntaxError('spec string too long');
  if (spec.startsWith(EVERY)) return { ...parseFields('* * * * *'), everyMs: parseEvery(spec) };
  if (!spec.startsWith('@')) return parseFields(spec);
  const fields = DESCRIPTORS.get(spec);
  if (fields === undefined) throw new CronSyntaxError(`unrecognized descriptor: ${spec}`);
  return parseFields(fields);
}

function parseFields(spec: string): CronSchedule {
  const fields = spec.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== BOUNDS.length)
    throw new CronSyntaxError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minutes = 0n, hours = 0n, daysOfMonth = 0n, months = 0n, daysOfWeek = 0n] = BOUNDS.map((bounds, i) =>
    parseField(fields[i] ?? '', bounds),
  );
  return {
    minutes,
    hours,
    daysOfMonth,
    months,
    daysOfWeek,
    anyDayOfMonth: isStar(fields[2] ?? ''),
    anyDayOfWeek: isStar(fields[4] ?? ''),
  };
}

function isStar(field: string): boolean {
  return field.split(',').some((part) => /^[*?](\/1)?$/.test(part));
}

function parseField(field: string, bounds: Bounds): bigint {
  let bits = 0n;
  for (const part of field.split(',')) if (part !== '') bits |= parseRange(part, bounds);
  return bits;
}

/** `5`, `1-5`, `*`, each with a step (`/2`) or without. */
function parseRange(text: string, bounds: Bounds): bigint {
  const [range = '', stepText, ...more] = text.split('/');
  const [lowText = '', highText, ...rest] = range.split('-');
  if (rest.length > 0) throw new CronSyntaxError(`too many hyphens: ${text}`);
  if (more.length > 0) throw new CronSyntaxError(`too many slashes: ${text}`);
  const all = lowText === '*' || lowText === '?';
  const low = all ? bounds.min : parseNumber(lowText, bounds);
  const step = stepText === undefined ? 1 : parseNumber(stepText, { min: 0, max: 0 });
  const high = all || (highText === undefined && stepText !== undefined) ? bounds.max : highOf(highText, low, bounds);
  checkRange(low, high, step, bounds, text);
  let bits = 0n;
  for (let at = low; at <= high; at += step) bits |= 1n << BigInt(at);
  return bits;
}

function highOf(text: string | undefined, low: number, bounds: Bounds): number {
  return text === undefined ? low : parseNumber(text, bounds);
}

function checkRange(low: number, high: number, step: number, { min, max }: Bounds, text: string): void {
  if (low < min) throw new CronSyntaxError(`beginning of range (${low}) below minimum (${min}): ${text}`);
  if (high > max) throw new CronSyntaxError(`end of range (${high}) above maximum (${max}): ${text}`);
  if (low > high) throw new CronSyntaxError(`beginning of range (${low}) beyond end of range (${high}): ${text}`);
  if (step === 0) throw new CronSyntaxError(`step of range should be a positive number: ${text}`);
}

function parseNumber(text: string, { min, names }: Bounds): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + min;
  if (/^-[0-9]+$/.test(text)) throw new CronSyntaxError(`negative number (${text}) not allowed: ${text}`);
  if (!/^[0-9]{1,9}$/.test(text)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new CronSyntaxError(`failed to parse int from ${text}: ${reason}`);
  }
  return Number(text);
}

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Whole seconds, one at least, as upstream rounds. */
function parseEvery(spec: string): number {
  const text = spec.slice(EVERY.length);
  if (!/^(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text))
    throw new CronSyntaxError(`failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(text)}`);
  let totalMs = 0;
  for (const [, count = '', unit = ''] of text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g))
    totalMs += Number(count) * (UNITS_MS.get(unit) ?? 0);
  return Math.max(1000, Math.floor(totalMs / 1000) * 1000);
}
