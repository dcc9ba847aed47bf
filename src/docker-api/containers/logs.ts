import { errorMessage, HakoError } from '#base';
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
  const records = engine.containers.logs(container.id, options);
  const isTty = container.config.Tty === true;
  exchange.startStream(streamType({ tty: isTty, minor: exchange.minor }));
  try {
    for await (const record of records) await write(record);
  } catch (error) {
    if (exchange.signal.aborted) return;
    // The status has gone out: docker's clients print what comes as a system error.
    const message = Buffer.from(`Error grabbing logs: ${errorMessage(error)}\n`);
    await exchange.write(isTty ? message : frame('systemerr', message));
  }
  exchange.end();
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
