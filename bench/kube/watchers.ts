/** The watchers of bench/kube-watch.ts: reads streams and notes how old each event was when it came. */
import { type Target, Wire } from './wire.ts';

const SENT = Buffer.from('"sent":"');
const latenciesMs: number[] = [];
/** Of the mark and the time behind it, which has 13 digits before its point. */
const EVENT_BYTES = SENT.length + 16;
let events = 0;

process.on('message', (message: { target: Target; watchers: number; path: string } | 'report') => {
  if (message === 'report') setTimeout(() => process.send?.({ latenciesMs, events }), 1000);
  else void begin(message);
});

async function begin({ target, watchers, path }: { target: Target; watchers: number; path: string }): Promise<void> {
  for (let at = 0; at < watchers; at++) {
    const wire = await Wire.open(target);
    // Every event is counted; the latency of one watcher in ten is enough.
    wire.stream(path, reader(at % 10 === 0));
  }
  setTimeout(() => process.send?.('ready'), 500);
}

/** Finds the events in what comes; one whose mark or time stands across two chunks is found in the second. */
function reader(sampled: boolean): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(SENT); at >= 0 && at + EVENT_BYTES <= bytes.length; at = bytes.indexOf(SENT, from)) {
      from = at + EVENT_BYTES;
      events++;
      if (!sampled) continue;
      const sent = Number.parseFloat(bytes.toString('latin1', at + SENT.length, from));
      latenciesMs.push(performance.timeOrigin + performance.now() - sent);
    }
    rest = bytes.subarray(Math.max(from, bytes.length - EVENT_BYTES));
  };
}
