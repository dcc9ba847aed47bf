/**
 * Where time goes. `HAKO_TRACE=FILE` makes the process write its spans there, one a line, in the Trace Event Format (a
 * JSON array that need not be closed), which Perfetto opens and `node bench/phases.ts` sums up. Without it a span costs
 * one call.
 */
import { fstatSync, openSync, writeSync } from 'node:fs';

/** Runs `work` as a span of the trace: until it returns or throws, or until the promise that it returns is settled. */
export const span: <T>(name: string, work: () => T) => T =
  process.env.HAKO_TRACE === undefined ? (_name, work) => work() : tracedTo(process.env.HAKO_TRACE);

function tracedTo(path: string): typeof span {
  // Appended, so that children which inherit the variable write to the same trace.
  const fd = openSync(path, 'a', 0o600);
  if (fstatSync(fd).size === 0) writeSync(fd, '[\n');
  return (name, work) => {
    const startedUs = nowUs();
    const end = () => void writeSync(fd, `${eventLine(name, startedUs)},\n`);
    return endedBy(work, end);
  };
}

/** CLOCK_MONOTONIC in microseconds, the clock of the kernel's own traces. */
function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

/** A complete event (`ph: X`). */
function eventLine(name: string, startedUs: number): string {
  return JSON.stringify({ name, ph: 'X', ts: startedUs, dur: nowUs() - startedUs, pid: process.pid, tid: process.pid });
}

function endedBy<T>(work: () => T, end: () => void): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    end();
    throw error;
  }
  if (result instanceof Promise) result.then(end, end);
  else end();
  return result;
}
