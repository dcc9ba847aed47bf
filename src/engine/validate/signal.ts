import { constants } from 'node:os';
import { HakoError } from '#base';

const REALTIME_MIN = 34;
const REALTIME_MAX = 64;

/**
 * The number of a signal given as a number or a name, with or without `SIG`, `RTMIN+n` and `RTMAX-n` too (signal(7)).
 * Throws `invalid` with docker's words.
 */
export function parseSignal(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : signalByName(text.toUpperCase().replace(/^SIG/, ''));
  if (number !== undefined && number >= 1 && number <= REALTIME_MAX) return number;
  throw new HakoError('invalid', `invalid signal: ${text}: give a name such as SIGTERM, or a number from 1 to 64`);
}

function signalByName(name: string): number | undefined {
  const realtime = /^RT(MIN(?:\+(\d+))?|MAX(?:-(\d+))?)$/.exec(name);
  if (realtime !== null) {
    const number = name.startsWith('RTMIN')
      ? REALTIME_MIN + Number(realtime[2] ?? 0)
      : REALTIME_MAX - Number(realtime[3] ?? 0);
    return number >= REALTIME_MIN && number <= REALTIME_MAX ? number : undefined;
  }
  const table: Record<string, number> = constants.signals;
  const key = `SIG${name}`;
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
