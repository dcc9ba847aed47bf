import { HakoError } from '#base';
import type { HostConfig } from '../spec.ts';

const MIB = 1024 * 1024;
/** Logs are bounded unless somebody wants them otherwise. */
const DEFAULT_MAX_BYTES = 10 * MIB;
const DEFAULT_MAX_FILES = 3;

export type LogDriver = 'json-file' | 'local' | 'journald' | 'none';

/** How the log of one container is kept. */
export interface LogSettings {
  driver: LogDriver;
  /** Size of one file at which it is rotated; Infinity means never, as for drivers without files. */
  maxBytes: number;
  /** Files that are kept, the current one included. */
  maxFiles: number;
}

const DECORATIONS = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];
const FILE_OPTIONS = ['max-size', 'max-file', 'compress', ...DECORATIONS];
const DRIVER_OPTIONS: Record<LogDriver, readonly string[] | 'any'> = {
  'json-file': FILE_OPTIONS,
  local: FILE_OPTIONS,
  journald: DECORATIONS,
  none: 'any',
};
/** Of every driver: whether output waits for the log. Ours is a file that conmon writes, so both are accepted. */
const COMMON_OPTIONS = ['mode', 'max-buffer-size'];

/** Reads Docker's `LogConfig`; throws `invalid` in Docker's words. An empty type is `json-file`. */
export function parseLogConfig(config: HostConfig['LogConfig']): LogSettings {
  const { Type: type = '', Config } = config ?? {};
  const options = Config ?? {};
  const driver = type === '' ? 'json-file' : type;
  if (!isLogDriver(driver)) {
    const problem = `error looking up logging plugin ${driver}: plugin "${driver}" not found`;
    throw new HakoError('invalid', `${problem}: use json-file, local, journald or none`);
  }
  requireKnown(driver, options);
  checkMode(options);
  const hasFiles = driver === 'json-file' || driver === 'local';
  const maxBytes = hasFiles ? parseMaxSize(options['max-size']) : Number.POSITIVE_INFINITY;
  const maxFiles = parseMaxFile(options['max-file']);
  if (parseBoolean(options.compress) && maxFiles === 1) {
    throw new HakoError('invalid', 'compress cannot be true when max-file is less than 2 or max-size is not set');
  }
  return { driver, maxBytes, maxFiles };
}

/** Throws `unsupported`, in Docker's words, when the driver's logs cannot be read back. */
export function requireReadable(driver: LogDriver): void {
  if (driver === 'none' || driver === 'journald') {
    throw new HakoError('unsupported', 'configured logging driver does not support reading');
  }
}

function isLogDriver(name: string): name is LogDriver {
  return Object.hasOwn(DRIVER_OPTIONS, name);
}

function requireKnown(driver: LogDriver, options: Record<string, string>): void {
  const known = DRIVER_OPTIONS[driver];
  if (known === 'any') return;
  const stranger = Object.keys(options).find((key) => !known.includes(key) && !COMMON_OPTIONS.includes(key));
  if (stranger === undefined) return;
  const where = driver === 'local' ? 'log driver local' : `${driver} log driver`;
  throw new HakoError('invalid', `unknown log opt '${stranger}' for ${where}`);
}

function checkMode(options: Record<string, string>): void {
  const { mode = '', 'max-buffer-size': buffer } = options;
  if (!['', 'blocking', 'non-blocking'].includes(mode)) {
    throw new HakoError('invalid', `logger: logging mode not supported: ${mode}`);
  }
  if (buffer === undefined) return;
  if (mode !== 'non-blocking') {
    throw new HakoError('invalid', "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  if (parseSize(buffer, 1024) === undefined) {
    throw new HakoError('invalid', `error parsing option max-buffer-size: invalid size: '${buffer}'`);
  }
}

/** Decimal units, as Docker reads them; `-1` turns rotation off. */
function parseMaxSize(text: string | undefined): number {
  if (text === undefined) return DEFAULT_MAX_BYTES;
  if (text === '-1') return Number.POSITIVE_INFINITY;
  const bytes = parseSize(text, 1000);
  if (bytes === undefined) throw new HakoError('invalid', `max-size: invalid size: '${text}': write for example 10m`);
  if (bytes <= 0) throw new HakoError('invalid', 'max-size must be a positive number');
  return bytes;
}

function parseMaxFile(text: string | undefined): number {
  if (text === undefined) return DEFAULT_MAX_FILES;
  if (!/^[+-]?\d{1,9}$/.test(text)) throw new HakoError('invalid', `max-file: "${text}" is not a whole number`);
  const count = Number(text);
  if (count < 1) throw new HakoError('invalid', 'max-file cannot be less than 1');
  if (count > 1000) throw new HakoError('invalid', 'max-file cannot be more than 1000');
  return count;
}

/** What Go's strconv.ParseBool takes. */
function parseBoolean(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new HakoError('invalid', `strconv.ParseBool: parsing "${text}": invalid syntax`);
}

/** `10m`, `1.5 GB`, `1024`; undefined when it is no size. */
function parseSize(text: string, unit: number): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text);
  if (match === null) return undefined;
  const exponent = ['', 'k', 'm', 'g', 't', 'p'].indexOf((match[2] ?? '').toLowerCase());
  return Math.trunc(Number(match[1]) * unit ** exponent);
}
