import { inOnePiece } from '#base';

/** RFC 3339 in whole seconds, UTC, as `metav1.Time` is written: `2026-01-02T03:04:05Z`. */
export function formatTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

let lastSecond = Number.NaN;
let lastText = '';

/** The same for stored objects, which are mostly of the present second: its text is made once. */
export function timestamp(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  if (second !== lastSecond) {
    lastText = inOnePiece(formatTime(second * 1000));
    lastSecond = second;
  }
  return lastText;
}

/** RFC 3339 in microseconds, UTC, as `metav1.MicroTime` is written. */
export function formatMicroTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds since the epoch of an RFC 3339 time; undefined for none and for what is no time. */
export function parseTime(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
