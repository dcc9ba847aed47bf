import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';

const HAKO = join(import.meta.dirname, '../../../hako');
const folder = mkdtempSync(join(tmpdir(), 'hako-cli-folders-'));
after(() => rmSync(folder, { recursive: true }));

it('a folder where none can be made is refused at once by every command that takes one', () => {
  const commands = [
    'registry serve --listen 127.0.0.1:0 --root /proc/hako/registry',
    'server --listen 127.0.0.1:0 --data-dir /proc/hako/server',
    `server --listen 127.0.0.1:0 --data-dir ${folder}/server --datastore sqlite:/proc/hako/state.db`,
    `server --listen 127.0.0.1:0 --data-dir ${folder}/server --datastore memory --kubeconfig /proc/hako/config`,
    ...(process.getuid?.() === 0 ? [`up --run ${folder}/run --root /proc/hako/root`] : []),
  ];
  for (const command of commands) {
    const { status, stderr } = spawnSync(HAKO, command.split(' '), {
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    assert.equal(status, 1, `${command}: ${stderr}`);
    assert.match(stderr, /cannot make the folder \/proc\/hako: \/proc takes none; name another place/, command);
  }
});
