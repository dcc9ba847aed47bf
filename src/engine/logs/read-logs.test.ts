import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogOptions, LogRecord } from '../contract.ts';
import { readLogs } from './mod.ts';
import { rotate } from './rotate.ts';

const ALL: LogOptions = { stdout: true, stderr: true, follow: false };
const FOLLOW: LogOptions = { ...ALL, follow: true };

function line(text: string, options: { stream?: string; tag?: string; second?: number } = {}): string {
  const { stream = 'stdout', tag = 'F', second = 0 } = options;
  return `2026-11-21T01:00:${String(second).padStart(2, '0')}.000000000+00:00 ${stream} ${tag} ${text}\n`;
}

function setUp() {
  const dir = mkdtempSync(join(tmpdir(), 'hako-logs-'));
  const path = join(dir, 'log');
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  /** What conmon does when it is told to open its log anew. */
  const reopen = (text = '') => {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  };
  return { path, ended, end, reopen, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

const textOf = (record: LogRecord) => record.data.toString().trimEnd();

async function texts(records: AsyncIterable<LogRecord>): Promise<string[]> {
  const all: string[] = [];
  for await (const record of records) all.push(textOf(record));
  return all;
}

test('rotated files come before the current one, oldest first', async () => {
  using bed = setUp();
  writeFileSync(`${bed.path}.2`, line('a'));
  writeFileSync(`${bed.path}.1`, line('b'));
  writeFileSync(bed.path, line('c'));
  assert.deepEqual(await texts(readLogs(bed.path, ALL)), ['a', 'b', 'c']);
});

test('a log that is not there is empty; one in mid-rotation is read', async () => {
  using bed = setUp();
  assert.deepEqual(await texts(readLogs(bed.path, ALL)), []);
  writeFileSync(`${bed.path}.1`, line('b'));
  writeFileSync(`${bed.path}.3`, line('a'));
  assert.deepEqual(await texts(readLogs(bed.path, ALL)), ['a', 'b']);
});

test('streams select, after tail has counted', async () => {
  using bed = setUp();
  writeFileSync(
    bed.path,
    line('o1') + line('e1', { stream: 'stderr' }) + line('o2') + line('e2', { stream: 'stderr' }),
  );
  assert.deepEqual(await texts(readLogs(bed.path, { ...ALL, stdout: false })), ['e1', 'e2']);
  assert.deepEqual(await texts(readLogs(bed.path, { ...ALL, stdout: false, tail: 2 })), ['e2']);
});

test('tail gives the last lines across files, long ones whole', async () => {
  using bed = setUp();
  writeFileSync(`${bed.path}.1`, line('a') + line('b'));
  writeFileSync(bed.path, line('c1', { tag: 'P' }) + line('c2', { tag: 'P' }) + line('c3') + line('d'));
  const tail = (count: number) => texts(readLogs(bed.path, { ...ALL, tail: count }));
  assert.deepEqual(await tail(0), []);
  assert.deepEqual(await tail(1), ['d']);
  assert.deepEqual(await tail(2), ['c1', 'c2', 'c3', 'd']);
  assert.deepEqual(await tail(3), ['b', 'c1', 'c2', 'c3', 'd']);
  assert.deepEqual(await tail(99), ['a', 'b', 'c1', 'c2', 'c3', 'd']);
});

test('an unfinished last line counts as a line', async () => {
  using bed = setUp();
  writeFileSync(bed.path, line('a') + line('b') + line('prompt', { tag: 'P' }));
  assert.deepEqual(await texts(readLogs(bed.path, { ...ALL, tail: 2 })), ['b', 'prompt']);
  writeFileSync(bed.path, line('a') + line('b') + line('torn').slice(0, -3));
  assert.deepEqual(await texts(readLogs(bed.path, { ...ALL, tail: 2 })), ['b', 'to']);
});

test('tail of a large log equals the end of the whole, whatever the lengths', async () => {
  using bed = setUp();
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const lines = Array.from({ length: 3000 }, (_, i) => `${i}:${'x'.repeat(random(300))}`);
  writeFileSync(
    `${bed.path}.1`,
    lines
      .slice(0, 1400)
      .map((text) => line(text))
      .join(''),
  );
  writeFileSync(
    bed.path,
    lines
      .slice(1400)
      .map((text) => line(text))
      .join(''),
  );
  for (const count of [1, 2, 100, 237, 1599, 1600, 1601, 2500, 2999, 3000, 3001]) {
    assert.deepEqual(await texts(readLogs(bed.path, { ...ALL, tail: count })), lines.slice(-count), `tail ${count}`);
  }
});

test('since and until bound the records', async () => {
  using bed = setUp();
  writeFileSync(bed.path, [1, 2, 3, 4].map((second) => line(String(second), { second })).join(''));
  const at = (second: number) => Date.parse(`2026-11-21T01:00:0${second}Z`);
  assert.deepEqual(await texts(readLogs(bed.path, { ...ALL, sinceMs: at(2), untilMs: at(3) })), ['2', '3']);
  assert.deepEqual(await texts(readLogs(bed.path, { ...FOLLOW, untilMs: at(2) })), ['1', '2']);
});

test('following gives what comes, across rotations, and ends with the container', async () => {
  using bed = setUp();
  writeFileSync(bed.path, line('old1') + line('old2'));
  const seen: string[] = [];
  const reader = (async () => {
    for await (const record of readLogs(bed.path, { ...FOLLOW, tail: 1 }, bed.ended)) {
      seen.push(textOf(record));
      if (textOf(record) === 'old2') appendFileSync(bed.path, line('live'));
      if (textOf(record) === 'live') {
        await rotate(bed.path, 3);
        appendFileSync(`${bed.path}.1`, line('after rename'));
        bed.reopen(line('new file'));
      }
      if (textOf(record) === 'new file') {
        await rotate(bed.path, 3);
        bed.reopen(line('second'));
        await rotate(bed.path, 3);
        bed.reopen(line('third'));
        await rotate(bed.path, 3);
        bed.end();
      }
    }
  })();
  await reader;
  assert.deepEqual(seen, ['old2', 'live', 'after rename', 'new file', 'second', 'third']);
});

test('a follower that began before the first output gets all of it', async () => {
  using bed = setUp();
  const reading = texts(readLogs(bed.path, FOLLOW, bed.ended));
  setTimeout(() => {
    bed.reopen(line('first'));
    bed.end();
  }, 20);
  assert.deepEqual(await reading, ['first']);
});

test('a line that is written in pieces is given once it is whole', async () => {
  using bed = setUp();
  writeFileSync(bed.path, line('a'));
  const whole = line('in pieces');
  const reading = texts(readLogs(bed.path, FOLLOW, bed.ended));
  for (const piece of [whole.slice(0, 10), whole.slice(10, 50), whole.slice(50)]) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    appendFileSync(bed.path, piece);
  }
  bed.end();
  assert.deepEqual(await reading, ['a', 'in pieces']);
});

test('a writer that starts its file over, with older files around, repeats nothing', async () => {
  using bed = setUp();
  writeFileSync(`${bed.path}.1`, line('older'));
  writeFileSync(bed.path, line('now'));
  const reading = texts(readLogs(bed.path, FOLLOW, bed.ended));
  setTimeout(() => bed.reopen(line('over')), 20);
  setTimeout(bed.end, 60);
  assert.deepEqual(await reading, ['older', 'now', 'over']);
});

test('abort ends a waiting follower quietly; so does a container that has ended', async () => {
  using bed = setUp();
  writeFileSync(bed.path, line('a'));
  const abort = new AbortController();
  const reading = texts(readLogs(bed.path, { ...FOLLOW, signal: abort.signal }, bed.ended));
  setTimeout(() => abort.abort(), 30);
  assert.deepEqual(await reading, ['a']);
  bed.end();
  assert.deepEqual(await texts(readLogs(bed.path, FOLLOW, bed.ended)), ['a']);
});
