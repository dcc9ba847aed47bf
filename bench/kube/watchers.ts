/** The watchers of bench/kube-watch.ts: reads streams and notes how old each event was when it came. */
import { type Target, Wire } from './wire.ts';

const SENT = Buffer.from('"sent":"');
const latenciesMs: number[] = [];
let events = 0;

process.on('message', (message: { target: Target; watchers: number; path: string } | 'report') => {
  if (message === 'report') setTimeout(() => process.send?.({ latenciesMs, events }), 1000);
  else void begin(message);
});

async function begin({ target, watchers, path }: { target: Target; watchers: number; path: string }): Promise<void> {
  for (let at = 0; at < watchers; at++) {
    const wire = await Wire.open(target);
    // Every event is counted; the latency of one watcher in ten is enough.
    wire.stream(path, (chunk) => read(chunk, at % 10 === 0));
  }
  setTimeout(() => process.send?.('ready'), 500);
}

function read(chunk: Buffer, sampled: boolean): void {
  for (let at = chunk.indexOf(SENT); at >= 0; at = chunk.indexOf(SENT, at + 1)) {
    events++;
    if (!sampled) continue;
    const sent = Number.parseFloat(chunk.toString('latin1', at + SENT.length, at + SENT.length + 24));
    if (Number.isFinite(sent)) latenciesMs.push(performance.timeOrigin + performance.now() - sent);
  }
}
