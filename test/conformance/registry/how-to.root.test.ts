/** The check list of docs/how-to/serve-a-registry.md does what it says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../../../src/registry/testing/registries.ts';
import { missingPrograms } from './support/debian-registry.ts';

const ROOT = join(import.meta.dirname, '../../..');
const skip = missingPrograms('skopeo', 'curl', 'openssl', 'htpasswd') ?? false;

test('the check list for a registry goes through', { skip }, async () => {
  const text = readFileSync(join(ROOT, 'docs/how-to/serve-a-registry.md'), 'utf8');
  const script = /^## Check it$[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? assert.fail('there is none');
  const dir = mkdtempSync(join(tmpdir(), 'hako-how-to-'));
  try {
    const [port, cachePort] = [await freePort(), await freePort()];
    const env = {
      ...process.env,
      PATH: `${ROOT}:${process.env.PATH}`,
      DIR: dir,
      PORT: `${port}`,
      CACHE_PORT: `${cachePort}`,
    };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { env });
    const said = stdout.split('\n').filter((line) => line.startsWith('ok: '));
    assert.equal(said.length, script.match(/\bsay "/g)?.length, stdout);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
