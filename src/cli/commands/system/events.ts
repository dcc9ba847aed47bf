/** `hako events`. */
import { command, text } from '../../args/flags.ts';
import { lines } from '../../client/json-stream.ts';
import { renderValue } from '../../format/list.ts';
import { filterFlag, filtersQuery } from '../../options/filters.ts';
import { parseTime } from '../../options/times.ts';
import { print } from '../../output.ts';

interface EventMessage {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> | null };
  time: number;
  /** As text: a number of JavaScript would lose the last digits. */
  timeNano: string;
}

export default command({
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag,
    format: text('', 'FORMAT', 'json, or a Go template'),
    since: text('', 'TIME', 'Begin with what happened then, such as 10m'),
    until: text('', 'TIME', 'Stop then'),
  },
  arity: [0, 0],
  examples: [
    'hako events --filter type=container --filter event=die',
    "hako events --since 1h --until 0s --format '{{json .}}'",
  ],
  async run({ api, flags }) {
    const query = { since: parseTime(flags.since), until: parseTime(flags.until), filters: filtersQuery(flags.filter) };
    const response = await api.request('GET', '/events', { query });
    for await (const line of lines(response.body)) {
      if (flags.format === 'json') await print(`${line}\n`);
      else await print(flags.format === '' ? lineOf(parse(line)) : renderValue(parse(line), flags.format));
    }
    return undefined;
  },
});

function parse(line: string): EventMessage {
  return JSON.parse(line.replace(/"timeNano":\s*(\d+)/, '"timeNano":"$1"')) as EventMessage;
}

/** `2026-11-21T02:31:22.000000001+00:00 container start <id> (image=…, name=…)`. */
function lineOf({ Type, Action, Actor, time, timeNano }: EventMessage): string {
  const attributes = Object.entries(Actor.Attributes ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  const tail = attributes.length === 0 ? '' : ` (${attributes.join(', ')})`;
  return `${localTime(time, timeNano)} ${Type} ${Action} ${Actor.ID}${tail}\n`;
}

/** RFC 3339 with nanoseconds, in the local zone. */
function localTime(seconds: number, nanoseconds: string): string {
  const date = new Date(seconds * 1000);
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const fraction = nanoseconds.slice(-9).padStart(9, '0');
  const two = (number: number) => String(Math.trunc(Math.abs(number))).padStart(2, '0');
  return `${local}.${fraction}${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
}
