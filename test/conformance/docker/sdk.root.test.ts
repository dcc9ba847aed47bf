import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { missing, startDaemon } from './support/daemon.ts';

const PYTHON = process.env.HAKO_TEST_PYTHON ?? '/usr/bin/python3';
const skip =
  missing() ??
  (spawnSync(PYTHON, ['-c', 'import docker']).status === 0 ? undefined : 'needs docker-py (package python3-docker)');

test('docker-py does with us what it does with docker', { skip }, async () => {
  await using daemon = await startDaemon();
  const { code, stderr } = await daemon.run(PYTHON, [`${import.meta.dirname}/support/sdk.py`]);
  assert.equal(code, 0, stderr);
});
