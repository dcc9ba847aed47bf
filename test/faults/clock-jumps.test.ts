/** The wall clock jumps, as it does when a machine wakes up or finds its time server. The machine's own is left alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEvents } from '../../src/engine/events/mod.ts';
import { createHealthMonitor } from '../../src/engine/health/mod.ts';
import { nextRestart } from '../../src/engine/restart/mod.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const JUMPS_MS = [-YEAR_MS, -HOUR_MS, -1, 0, 1, HOUR_MS, YEAR_MS];

/** Time that goes on by itself on one hand, and may be set on the other. */
function jumpingClock() {
  let wallMs = 1_800_000_000_000;
  let monotonicMs = 5_000;
  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    pass: (ms: number) => {
      wallMs += ms;
      monotonicMs += ms;
    },
    jump: (ms: number) => {
      wallMs += ms;
    },
  };
}

describe('a clock that jumps', () => {
  it('keeps restarts coming, neither at once nor never', () => {
    for (const jumpMs of JUMPS_MS) {
      for (const failureCount of [0, 1, 5, 50, 5000]) {
        const times = { startedAtMs: 1_800_000_000_000, finishedAtMs: 1_800_000_000_000 + 200 + jumpMs };
        const decision = nextRestart(
          { Name: 'always' },
          { exitCode: 1, manuallyStopped: false, failureCount, daemonStarting: false, ...times },
        );
        assert.ok(
          decision.restart && decision.delayMs >= 100 && decision.delayMs <= 60_000,
          `${jumpMs} ${failureCount}`,
        );
      }
    }
  });

  it('leaves events in the order in which they happened, each at a time of its own', async () => {
    const clock = jumpingClock();
    using events = createEvents({ clock });
    const stop = new AbortController();
    const live = events.subscribe({ signal: stop.signal });
    for (const [index, jumpMs] of JUMPS_MS.entries()) {
      clock.jump(jumpMs);
      events.publish('container', `step${index}`, 'id');
    }
    const seen: { action: string; timeNs: bigint }[] = [];
    for await (const event of live) {
      seen.push(event);
      if (seen.length === JUMPS_MS.length) break;
    }
    stop.abort();
    assert.deepEqual(
      seen.map(({ action }) => action),
      JUMPS_MS.map((_, index) => `step${index}`),
    );
    for (const [index, { timeNs }] of seen.entries()) {
      const before = seen[index - 1];
      assert.ok(before === undefined || timeNs > before.timeNs, `event ${index} is not after the one before`);
    }
  });

  it('neither hurries nor forgets the probes of a health check', () => {
    const clock = jumpingClock();
    const delays: number[] = [];
    const timer = {
      after: (delayMs: number) => {
        delays.push(delayMs);
        return { [Symbol.dispose]: () => undefined };
      },
    };
    const config = { Test: ['CMD', 'true'], Interval: 30e9, StartPeriod: 60e9, StartInterval: 5e9 };
    for (const jumpMs of JUMPS_MS) {
      clock.jump(jumpMs);
      using monitor = createHealthMonitor({
        config,
        clock,
        timer,
        probe: async () => ({ exitCode: 0, output: '' }),
        onChange: () => undefined,
        onStatus: () => undefined,
      });
      clock.jump(-jumpMs);
      monitor.pause();
      monitor.resume();
    }
    assert.deepEqual([...new Set(delays)], [5_000]);
  });
});
