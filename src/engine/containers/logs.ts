import { type EngineContext, logPath } from '../context.ts';
import type { LogOptions, LogRecord } from '../contract.ts';
import { parseLogConfig, readLogs, requireReadable } from '../logs/mod.ts';
import { type Entry, isRunning } from '../store/entry.ts';

/** The container's log; following ends with the run that is on. */
export function containerLogs(context: EngineContext, entry: Entry, options: LogOptions): AsyncIterable<LogRecord> {
  const { id, hostConfig } = entry.record;
  requireReadable(parseLogConfig(hostConfig.LogConfig).driver);
  return readLogs(logPath(context, id), options, isRunning(entry) ? entry.ended : Promise.resolve());
}
