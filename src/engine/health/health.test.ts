import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { HealthState } from '../contract.ts';
import type { HealthConfig } from '../spec.ts';
import { goDuration } from './go-duration.ts';
import { createHealthMonitor } from './mod.ts';
import { healthSettings } from './settings.ts';

const S = 1e9;

/** A world whose time moves only when it is told to. */
function world(
  config: HealthConfig,
  probe: (signal: AbortSignal, nowMs: number) => Promise<{ exitCode: number; output: string }>,
) {
  let nowMs = 1_000_000;
  const pending = new Set<{ atMs: number; callback: () => void }>();
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - 500 };
  const timer = {
    after(delayMs: number, callback: () => void) {
      const entry = { atMs: nowMs + delayMs, callback };
      pending.add(entry);
      return { [Symbol.dispose]: () => void pending.delete(entry) };
    },
  };
  const probedAtMs: number[] = [];
  const statuses: string[] = [];
  let health: HealthState | undefined;
  const startMs = nowMs;
  const monitor = createHealthMonitor({
    config,
    clock,
    timer,
    probe: (signal) => {
      probedAtMs.push(nowMs - startMs);
      return probe(signal, nowMs - startMs);
    },
    onChange: (next) => {
      health = next;
    },
    onStatus: (status) => statuses.push(`${status}@${nowMs - startMs}`),
  });
  const advance = async (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      for (let i = 0; i < 3; i++) await turn();
      const due = [...pending].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      pending.delete(due);
      nowMs = due.atMs;
      due.callback();
    }
    nowMs = endMs;
  };
  return { monitor, advance, probedAtMs, statuses, pending, health: () => health };
}

const exit = (exitCode: number, output = '') => Promise.resolve({ exitCode, output });
const check: HealthConfig = { Test: ['CMD', 'true'], Interval: 10 * S, Timeout: 3 * S, Retries: 2 };

test('health settings fall back to the defaults of Docker', () => {
  const defaults = { intervalMs: 30_000, timeoutMs: 30_000, startPeriodMs: 0, startIntervalMs: 5_000, retries: 3 };
  assert.deepEqual(healthSettings({}), defaults);
  assert.deepEqual(healthSettings({ Interval: 0, Timeout: 0, Retries: 0 }), defaults);
});

test('a container is starting, then healthy after its first success', async () => {
  const w = world(check, () => exit(0, 'ok'));
  assert.equal(w.health()?.status, 'starting');
  await w.advance(9_999);
  assert.deepEqual(w.probedAtMs, []);
  await w.advance(20_001);
  assert.deepEqual(w.probedAtMs, [10_000, 20_000, 30_000]);
  assert.deepEqual(w.statuses, ['healthy@10000']);
  assert.deepEqual(w.health()?.log.at(-1), { startMs: 1_030_000, endMs: 1_030_000, exitCode: 0, output: 'ok' });
});

test('it becomes unhealthy after retries failures in a row, and healthy again at once', async () => {
  const results = [0, 1, 0, 1, 1, 1, 0];
  const w = world(check, () => exit(results.shift() ?? 0));
  await w.advance(60_000);
  assert.equal(w.health()?.failingStreak, 3);
  await w.advance(10_000);
  assert.deepEqual(w.statuses, ['healthy@10000', 'unhealthy@50000', 'healthy@70000']);
  assert.equal(w.health()?.failingStreak, 0);
});

test('failures in the start period do not count, and probes come at the start interval', async () => {
  const config = { ...check, StartPeriod: 10 * S, StartInterval: 2 * S };
  const w = world(config, () => exit(1));
  await w.advance(10_000);
  assert.deepEqual(w.probedAtMs, [2_000, 4_000, 6_000, 8_000, 10_000]);
  assert.equal(w.health()?.failingStreak, 1, 'the probe that began at the end of the period counts');
  await w.advance(10_000);
  assert.deepEqual(w.statuses, ['unhealthy@20000']);
});

test('a success in the start period ends it: later failures count', async () => {
  const config = { ...check, StartPeriod: 100 * S, StartInterval: 1 * S };
  const w = world(config, (_, nowMs) => exit(nowMs === 1_000 ? 0 : 1));
  await w.advance(21_000);
  assert.deepEqual(w.statuses, ['healthy@1000', 'unhealthy@21000']);
});

test('a probe that takes too long is killed and has failed', async () => {
  const aborts: string[] = [];
  const slow = (signal: AbortSignal) =>
    new Promise<{ exitCode: number; output: string }>((resolve) => {
      signal.addEventListener('abort', () => {
        aborts.push('killed');
        resolve({ exitCode: 137, output: 'half' });
      });
    });
  const w = world(check, slow);
  await w.advance(13_000);
  assert.deepEqual(aborts, ['killed']);
  const [record] = w.health()?.log ?? [];
  assert.equal(record?.exitCode, -1);
  assert.equal(record?.output, 'Health check exceeded timeout (3s): half');
  assert.equal(record?.endMs, 1_013_000);
  await w.advance(13_000);
  assert.deepEqual(w.statuses, ['unhealthy@26000']);
});

test('a probe that ignores its kill holds back the next one, but not the verdict', async () => {
  const w = world(check, () => new Promise(() => {}));
  await w.advance(100_000);
  assert.deepEqual(w.probedAtMs, [10_000]);
  assert.equal(w.health()?.failingStreak, 1);
});

test('a probe that cannot be run has failed with the reason', async () => {
  const w = world(check, () => Promise.reject(new Error('no such file')));
  await w.advance(10_000);
  const [record] = w.health()?.log ?? [];
  assert.deepEqual([record?.exitCode, record?.output], [-1, 'no such file']);
});

test('five probes are kept, their output is cut at 4,096 bytes', async () => {
  const w = world(check, (_, nowMs) => exit(nowMs / 10_000, 'é'.repeat(3000)));
  await w.advance(70_000);
  const log = w.health()?.log ?? [];
  assert.deepEqual(
    log.map(({ exitCode }) => exitCode),
    [3, 4, 5, 6, 7],
  );
  assert.equal(log[0]?.output, `${'é'.repeat(2048)}...`);
});

test('disposing kills the probe under way, and nothing is reported after it', async () => {
  let killed = false;
  const w = world(check, (signal) => {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        killed = true;
        resolve({ exitCode: 0, output: '' });
      });
    });
  });
  await w.advance(10_000);
  w.monitor[Symbol.dispose]();
  await w.advance(100_000);
  assert.ok(killed);
  assert.equal(w.health()?.status, 'starting');
  assert.equal(w.pending.size, 0);
  w.monitor.resume();
  assert.equal(w.pending.size, 0);
});

test('pausing probes no more and keeps the health; resuming goes on', async () => {
  const w = world(check, () => exit(0));
  await w.advance(10_000);
  w.monitor.pause();
  await w.advance(50_000);
  assert.deepEqual(w.probedAtMs, [10_000]);
  w.monitor.resume();
  w.monitor.resume();
  await w.advance(10_000);
  assert.deepEqual(w.probedAtMs, [10_000, 70_000]);
  assert.deepEqual(w.statuses, ['healthy@10000']);
});

test('durations are printed as Go does', () => {
  const expected: [number, string][] = [
    [500, '500ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
  ];
  for (const [ms, text] of expected) assert.equal(goDuration(ms), text);
});
