import { type CronSchedule, parseCron } from '#kube/api/resources';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Beyond this nothing is looked for: the 30th of February. */
const HORIZON_MS = 5 * 366 * 24 * HOUR_MS;

/** A schedule on the clock of a time zone. Times are milliseconds since the epoch. */
export class Schedule {
  readonly #cron: CronSchedule;
  readonly #timeZone: string;

  /** Throws a CronSyntaxError, or a RangeError for a time zone that nobody knows. */
  constructor(text: string, timeZone: string | undefined) {
    this.#cron = parseCron(text);
    this.#timeZone = timeZone ?? Temporal.Now.timeZoneId();
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(this.#timeZone);
  }

  /** The first time after `afterMs`; undefined when there is none in five years. */
  next(afterMs: number): number | undefined {
    const { everyMs } = this.#cron;
    if (everyMs !== undefined) return Math.floor(afterMs / 1000) * 1000 + everyMs;
    const endMs = afterMs + HORIZON_MS;
    let atMs = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    while (atMs <= endMs) {
      const laterMs = this.#later(atMs);
      if (laterMs === atMs) return atMs;
      atMs = laterMs;
    }
    return undefined;
  }

  /**
   * The last time after `afterMs` that is not after `untilMs`. What was missed for long is found without walking
   * through all of it.
   */
  last(afterMs: number, untilMs: number): number | undefined {
    const { everyMs } = this.#cron;
    if (everyMs !== undefined) {
      const count = Math.floor((untilMs - afterMs) / everyMs);
      return count < 1 ? undefined : afterMs + count * everyMs;
    }
    for (let windowMs = HOUR_MS; ; windowMs *= 24) {
      const fromMs = Math.max(afterMs, untilMs - windowMs);
      let found: number | undefined;
      for (let atMs = this.next(fromMs); atMs !== undefined && atMs <= untilMs; atMs = this.next(atMs)) found = atMs;
      if (found !== undefined || fromMs === afterMs) return found;
    }
  }

  /** `atMs` if the clock then shows a time of the schedule, or else a later time before which it never does. */
  #later(atMs: number): number {
    const clock = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(this.#timeZone);
    const { months, hours, minutes } = this.#cron;
    if (!has(months, clock.month)) return clock.with({ day: 1 }).add({ months: 1 }).startOfDay().epochMilliseconds;
    if (!this.#fitsDay(clock)) return clock.add({ days: 1 }).startOfDay().epochMilliseconds;
    if (!has(hours, clock.hour)) return atMs + (60 - clock.minute) * MINUTE_MS;
    let minute = clock.minute;
    while (minute < 60 && !has(minutes, minute)) minute++;
    return atMs + (minute - clock.minute) * MINUTE_MS;
  }

  #fitsDay({ day, dayOfWeek }: Temporal.ZonedDateTime): boolean {
    const { daysOfMonth, daysOfWeek, anyDayOfMonth, anyDayOfWeek } = this.#cron;
    const [byMonth, byWeek] = [has(daysOfMonth, day), has(daysOfWeek, dayOfWeek % 7)];
    return anyDayOfMonth || anyDayOfWeek ? byMonth && byWeek : byMonth || byWeek;
  }
}

function has(bits: bigint, at: number): boolean {
  return (bits & (1n << BigInt(at))) !== 0n;
}
