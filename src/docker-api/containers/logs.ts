import { HakoError } from '#base';
import type { Container, LogOptions, LogRecord } from '#engine';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { frame, streamType } from '../server/frames.ts';
import { parseMomentMs } from '../server/time.ts';
import { logDetails } from './log-details.ts';

/** `GET /containers/{id}/logs?stdout&stderr&follow&since&until&timestamps&details&tail`. */
export async function containerLogs(exchange: Exchange, { engine }: Api): Promise<void> {
  const container = engine.containers.get(exchange.param('id'));
  const options = logOptions(exchange);
  const write = lineWriter(container, exchange);
  const records = engine.containers.logs(container.id, options)[Symbol.asyncIterator]();
  // The first step shows whether the log can be read at all, while an error can still be an error answer.
  let next = records.next();
  if (!options.follow) await next;
  else await settledOrShortly(next);
  exchange.startStream(streamType({ tty: container.config.Tty === true, minor: exchange.minor }));
  for (let step = await next; !step.done && !exchange.signal.aborted; step = await next) {
    await write(step.value);
    next = records.next();
  }
  await records.return?.();
  exchange.end();
}

/** Fails when `step` fails within this turn of the event loop; otherwise goes on, for a quiet log may stay quiet. */
async function settledOrShortly(step: Promise<unknown>): Promise<void> {
  step.catch(() => undefined);
  await Promise.race([step, new Promise((resolve) => setImmediate(resolve))]);
}

function logOptions(exchange: Exchange): LogOptions {
  const { query } = exchange;
  const [stdout, stderr] = [query.bool('stdout'), query.bool('stderr')];
  if (!stdout && !stderr) throw new HakoError('invalid', 'Bad parameters: you must choose at least one stream');
  const sinceMs = parseMomentMs(query.text('since'), 'since');
  const untilMs = parseMomentMs(query.text('until'), 'until');
  // As in docker: whatever is not a count means everything.
  const tail = /^\d+$/.test(query.text('tail')) ? Number(query.text('tail')) : undefined;
  return {
    stdout,
    stderr,
    follow: query.bool('follow'),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(tail === undefined ? {} : { tail }),
    signal: exchange.signal,
  };
}

/** Writes records as docker does: time and details before each line, frames around it unless there is a TTY. */
function lineWriter(container: Container, exchange: Exchange): (record: LogRecord) => Promise<void> {
  const { query } = exchange;
  const details = query.bool('details') ? `${logDetails(container)} ` : '';
  const timestamps = query.bool('timestamps');
  const isTty = container.config.Tty === true;
  const inLine = { stdout: false, stderr: false };
  return async (record) => {
    const prefix = inLine[record.stream] ? '' : `${timestamps ? `${fixedNano(record.timestamp)} ` : ''}${details}`;
    inLine[record.stream] = record.partial;
    const data = prefix === '' ? record.data : Buffer.concat([Buffer.from(prefix), record.data]);
    await exchange.write(isTty ? data : frame(record.stream, data));
  };
}

/** Docker writes nine digits always, in UTC, so that lines can be compared as text. */
function fixedNano(timestamp: string): string {
  const match = /^(.{19})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/.exec(timestamp);
  if (match === null) return timestamp;
  const [, whole = '', fraction = '', zone = 'Z'] = match;
  const utc = zone === 'Z' ? whole : new Date(`${whole}${zone}`).toISOString().slice(0, 19);
  return `${utc}.${fraction.slice(0, 9).padEnd(9, '0')}Z`;
}
