import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { record } from '../testing/recorder.ts';
import { assertUnbroken } from '../testing/suite-watch.ts';
import { SqliteStorage } from './sqlite-storage.ts';

/** HAKO_TEST_KILLS=100 for the long run. */
const KILLS = Number(process.env.HAKO_TEST_KILLS ?? 5);

/** What a killed writer had said: complete lines only. */
interface Said {
  acknowledged: { isDelete: boolean; revision: number; key: string; length: number }[];
  told: { revision: number; type: string; key: string }[];
}

/** Runs a writer and kills it in the midst of its work. */
async function runAndKill(path: string, round: number): Promise<Said> {
  const script = join(import.meta.dirname, '../testing/crash-writer.ts');
  const log = `${path}.said`;
  const writer = spawn(process.execPath, [script, path, log, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(writer.stdout, 'data'),
    once(writer, 'exit').then(() => assert.fail(`the writer of round ${round} could not start`)),
  ]);
  await sleep(50 + ((round * 37) % 300));
  const exited = once(writer, 'exit');
  writer.kill('SIGKILL');
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL');
  return parse(readFileSync(log, 'utf8'));
}

function parse(output: string): Said {
  const said: Said = { acknowledged: [], told: [] };
  for (const line of output.slice(0, output.lastIndexOf('\n')).split('\n')) {
    const [mark, revision, third = '', fourth = ''] = line.split(' ');
    if (mark === '@') said.told.push({ revision: Number(revision), type: third, key: fourth });
    if (mark === '+' || mark === '-') {
      const isDelete = mark === '-';
      said.acknowledged.push({ isDelete, revision: Number(revision), key: third, length: Number(fourth) });
    }
    assert.notEqual(mark, '!');
  }
  return said;
}

test(`SqliteStorage keeps every acknowledged write over ${KILLS} kills, and watches go on without gap or duplicate`, {
  timeout: 20_000 + KILLS * 5000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-kube-crash-'));
  try {
    let acknowledged = 0;
    for (let round = 0; round < KILLS; round++) {
      const said = await runAndKill(join(folder, 'state.db'), round);
      acknowledged += said.acknowledged.length;
      await checkAfterKill(join(folder, 'state.db'), said);
    }
    assert.ok(acknowledged > KILLS * 10, `only ${acknowledged} writes`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function checkAfterKill(path: string, { acknowledged, told }: Said): Promise<void> {
  await using storage = await SqliteStorage.open(path, { historyChanges: 1_000_000 });
  const { entries, revision } = await storage.list({ prefix: '/crash/' });
  const current = new Map(entries.map((entry) => [entry.key, entry]));
  const newest = new Map(acknowledged.map((write) => [write.key, write]));
  const lastSeen = told.at(-1)?.revision ?? revision;
  // Up to the last it was told without gaps; from there the same watch goes on after the restart.
  assert.deepEqual(
    told.map((change) => change.revision),
    Array.from(told, (_, index) => (told[0]?.revision ?? 0) + index),
  );
  using resumed = record(storage, '/crash/', lastSeen);
  await resumed.reach(revision);
  assert.deepEqual(
    resumed.changes.map((change) => change.revision),
    Array.from({ length: revision - lastSeen }, (_, index) => lastSeen + 1 + index),
  );
  assertUnbroken(resumed.changes);
  // A change that the watcher was told of, and whose caller was killed before it could say so, counts like one after it.
  const later = new Map(told.map(({ key, revision, type }) => [key, { revision, type }]));
  for (const { key, revision, type } of resumed.changes) later.set(key, { revision, type });
  for (const write of newest.values()) {
    assert.ok(write.revision <= revision, `revision ${write.revision} is lost`);
    const entry = current.get(write.key);
    const last = later.get(write.key);
    assert.ok(
      last !== undefined && last.revision >= write.revision,
      `nobody was told of ${write.key} at ${write.revision}`,
    );
    assert.equal(entry?.modRevision, last.type === 'put' ? last.revision : undefined, write.key);
    if (last.revision > write.revision) continue;
    if (write.isDelete) assert.equal(entry, undefined, `${write.key} is back`);
    else assert.deepEqual([entry?.modRevision, entry?.value.length], [write.revision, write.length], write.key);
  }
}
