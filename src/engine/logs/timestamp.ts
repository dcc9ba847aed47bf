/** Local seconds with their offset come in runs: one log second has many lines. */
let cached = { local: '', offset: '', utc: '' };

/** `2026-11-21T02:31:56`, `1715`, `+09:00` become RFC 3339 with nine digits in UTC, as Docker prints it. */
export function utcTimestamp(local: string, fraction: string, offset: string): string {
  const nanoseconds = fraction.padEnd(9, '0');
  if (offset === 'Z' || offset === '+00:00') return `${local}.${nanoseconds}Z`;
  if (cached.local !== local || cached.offset !== offset) {
    const time = new Date(`${local}${offset}`);
    if (Number.isNaN(time.getTime())) return `${local}.${nanoseconds}Z`;
    cached = { local, offset, utc: time.toISOString().slice(0, 19) };
  }
  return `${cached.utc}.${nanoseconds}Z`;
}

/** Milliseconds since the epoch, with fraction, of what `utcTimestamp` answered. */
export function timestampMs(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 19)}Z`) + Number(timestamp.slice(20, 29)) / 1e6;
}
