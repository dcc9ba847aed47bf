import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const HAKO = join(import.meta.dirname, '../../../../hako');

test('hako image bootstrap shows how far it is, and what went wrong once', async () => {
  const messages = [
    { status: 'I: running apt-get update...' },
    { status: 'W: cannot mount /proc' },
    { status: 'Reading package lists...' },
    { status: 'E: Unable to locate package nosuch' },
    { status: 'E: mmdebstrap failed to run' },
    { error: 'mmdebstrap failed (25): Unable to locate package nosuch' },
  ];
  await using daemon = createServer((_request, response) => {
    response.end(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(''));
  });
  await once(daemon.listen(0, '127.0.0.1'), 'listening');
  const host = `tcp://127.0.0.1:${(daemon.address() as AddressInfo).port}`;
  await assert.rejects(
    promisify(execFile)(HAKO, ['--host', host, 'image', 'bootstrap', 'debian:bookworm', '--include', 'nosuch']),
    {
      code: 1,
      stderr: 'running apt-get update …\nhako: mmdebstrap failed (25): Unable to locate package nosuch\n',
    },
  );
});
