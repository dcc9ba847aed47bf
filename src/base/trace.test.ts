import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

test('span writes calls, promises and failures with their times, and passes results on', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-trace-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'trace.json');
  process.env.HAKO_TRACE = path;
  const { span } = await import('./trace.ts');
  delete process.env.HAKO_TRACE;

  assert.equal(
    span('call', () => 1),
    1,
  );
  assert.equal(await span('promise', async () => 2), 2);
  assert.throws(() =>
    span('failure', () => {
      throw new Error('no');
    }),
  );
  const events = JSON.parse(`${readFileSync(path, 'utf8').replace(/,\n$/, '')}]`) as { name: string; dur: number }[];
  assert.deepEqual(
    events.map(({ name }) => name),
    ['call', 'promise', 'failure'],
  );
  assert.ok(events.every(({ dur }) => dur >= 0));
});
