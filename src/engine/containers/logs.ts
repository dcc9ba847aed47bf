import type { EngineContext } from '../context.ts';
import { containerDir } from '../context.ts';
import type { LogOptions, LogRecord } from '../contract.ts';
import { readLogs, resolveLogConfig } from '../logs/mod.ts';
import { type Entry, isRunning } from '../store/entry.ts';

/** The container's log, following it across restarts by policy no further than the current run. */
export function containerLogs(context: EngineContext, entry: Entry, options: LogOptions): AsyncIterable<LogRecord> {
  const { id, hostConfig } = entry.record;
  return readLogs({
    path: `${containerDir(context, id)}/container.log`,
    containerId: id,
    config: resolveLogConfig(hostConfig.LogConfig),
    ended: isRunning(entry) ? entry.ended : Promise.resolve(),
    options,
  });
}
