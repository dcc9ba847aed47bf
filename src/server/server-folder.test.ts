import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startServer } from './server.ts';

it('a data folder that cannot be made is told with what to do instead', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-server-folder-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), '');
  const starting = startServer({ listen: '127.0.0.1:0', dataDir: join(folder, 'file', 'data') });
  await assert.rejects(starting, /cannot keep the cluster in .*file\/data: ENOTDIR.*; be root, or name .* --data-dir/);
});
