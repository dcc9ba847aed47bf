import { badRequest } from '#kube/api';

/** Seconds since 1970 of the years that RFC 3339 can write. */
const EARLIEST_SECONDS = Date.parse('0001-01-01T00:00:00Z') / 1000;
const LATEST_SECONDS = Date.parse('9999-12-31T23:59:59Z') / 1000;

/** `Timestamp` of protobuf. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

/** RFC 3339 in UTC: in whole seconds (`metav1.Time`), or with six digits behind them (`metav1.MicroTime`). */
export function formatTime({ seconds, nanos }: Timestamp, isMicro: boolean): string {
  if (seconds < EARLIEST_SECONDS || seconds > LATEST_SECONDS || nanos < 0 || nanos > 999_999_999) {
    throw badRequest(
      `the body of the request has a time that is out of range: ${seconds} seconds, ${nanos} nanoseconds`,
    );
  }
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0');
  return isMicro ? `${whole}.${micros}Z` : `${whole}Z`;
}

/** The reverse, of any RFC 3339 text. */
export function parseTime(text: string): Timestamp {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw badRequest(`${JSON.stringify(text)} is not a time as RFC 3339 has it`);
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  return { seconds: Math.floor(milliseconds / 1000), nanos: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}
