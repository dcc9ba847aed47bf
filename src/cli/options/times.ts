/** Points in time: RFC 3339, a Unix time, or a duration before now. */
import { UsageError } from '../errors.ts';
import { parseDuration } from './values.ts';

/** Seconds since the epoch (maybe with a fraction), as `since` and `until` of the API take them; '' stays ''. */
export function parseTime(text: string, nowMs = Date.now()): string {
  if (text === '' || /^\d+(\.\d+)?$/.test(text)) return text;
  if (/^\d{4}-\d\d-\d\d/.test(text)) return parseDate(text);
  try {
    return ((nowMs - parseDuration(text) / 1e6) / 1000).toFixed(9);
  } catch {
    throw new UsageError(`"${text}" is no time: write 42m, 2026-11-21T13:23:37Z or a Unix time`);
  }
}

/** A date without a zone is local. */
function parseDate(text: string): string {
  const local = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text;
  const ms = Date.parse(local);
  if (Number.isNaN(ms)) throw new UsageError(`"${text}" is no date: write 2026-11-21T13:23:37Z`);
  const nanoseconds = /\.(\d{1,9})/.exec(text)?.[1]?.padEnd(9, '0') ?? '000000000';
  return `${Math.floor(ms / 1000)}.${nanoseconds}`;
}
