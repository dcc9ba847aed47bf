/** The log of our own processes: one line an event on standard error, `level message key=value …`. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const ORDER: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
let threshold: LogLevel = process.env.HAKO_DEBUG === '1' ? 'debug' : 'info';

/** Sets the least important level that is written. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

function render(value: unknown): string {
  if (value instanceof Error)
    return JSON.stringify(threshold === 'debug' ? (value.stack ?? value.message) : value.message);
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? 'undefined';
}

function write(level: LogLevel, message: string, fields: Record<string, unknown>): void {
  if (ORDER[level] < ORDER[threshold]) return;
  const tail = Object.entries(fields).map(([key, value]) => ` ${key}=${render(value)}`);
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}${tail.join('')}\n`);
}

/** Writes one log line; fields follow the message as `key=value`. */
export const log = {
  debug: (message: string, fields: Record<string, unknown> = {}) => write('debug', message, fields),
  info: (message: string, fields: Record<string, unknown> = {}) => write('info', message, fields),
  warn: (message: string, fields: Record<string, unknown> = {}) => write('warn', message, fields),
  error: (message: string, fields: Record<string, unknown> = {}) => write('error', message, fields),
};
