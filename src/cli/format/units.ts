/** Sizes and times as docker writes them (the rules of docker/go-units). */

/** Decimal, four significant digits: `1.24MB`. */
export function humanSize(bytes: number, digits = 4): string {
  return scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'], digits);
}

/** Binary, four significant digits: `512MiB`. */
export function binarySize(bytes: number): string {
  return scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'], 4);
}

function scaled(value: number, base: number, units: readonly string[], digits: number): string {
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= base && unit < units.length - 1) {
    size /= base;
    unit++;
  }
  return `${Number(size.toPrecision(digits))}${units[unit] ?? ''}`;
}

/** `About a minute`, `5 minutes`, `3 weeks`: how long `seconds` are, for people. */
export function humanDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 1) return 'Less than a second';
  if (whole === 1) return '1 second';
  if (whole < 60) return `${whole} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}

/** `5 minutes ago`; `N/A` for no time. Takes seconds since the epoch. */
export function ago(epochSeconds: number, nowMs = Date.now()): string {
  if (!Number.isFinite(epochSeconds) || epochSeconds <= 0) return 'N/A';
  return `${humanDuration(nowMs / 1000 - epochSeconds)} ago`;
}

let zoneNames: Intl.DateTimeFormat | undefined;

/** As Go's time.Time prints: `2026-11-21 02:31:22 +0000 UTC`, in the local zone. */
export function goTime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  const offset = -date.getTimezoneOffset();
  const two = (number: number) => String(Math.trunc(Math.abs(number))).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  // Making one loads the tables of all languages: not before it is needed, and once.
  zoneNames ??= new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' });
  const name = zoneNames.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
  return `${day} ${time} ${offset < 0 ? '-' : '+'}${two(offset / 60)}${two(offset % 60)} ${name}`;
}

/** The twelve digits of an id, without `sha256:`. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** Cuts text to `width` characters, the last an ellipsis. */
export function ellipsis(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
