import { HakoError } from '#base';

/** How Docker writes "never". */
export const NEVER = '0001-01-01T00:00:00Z';

/** Go's RFC3339Nano in UTC: no trailing zeros in the fraction. 0 means never. */
export function rfc3339(timeMs: number): string {
  if (timeMs === 0) return NEVER;
  return new Date(timeMs).toISOString().replace(/\.?0*Z$/, 'Z');
}

const UNIT_MS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration such as `1h30m`; undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

/**
 * A moment as `since` and `until` give it: seconds since the epoch with a fraction, RFC 3339 (also without zone), or a
 * duration before now. Milliseconds, maybe fractional. Throws `invalid`; empty text and `0` mean absent.
 */
export function parseMomentMs(text: string, what: string): number | undefined {
  if (text === '' || text === '0') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const durationMs = parseDurationMs(text.replace(/^-/, ''));
  if (durationMs !== undefined) return Date.now() - durationMs;
  const parsed = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(parsed)) return parsed;
  throw new HakoError(
    'invalid',
    `invalid value for "${what}": "${text}" is no time: give seconds, RFC 3339 or a duration`,
  );
}

/** Docker's rough words for a length of time: `About a minute`, `3 weeks`. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  const minutes = Math.trunc(seconds / 60);
  const hours = Math.trunc(seconds / 3600 + 0.5);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 14) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 60) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(seconds / 3600 / 24 / 365)} years`;
}
