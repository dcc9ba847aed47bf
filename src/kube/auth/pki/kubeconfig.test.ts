import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { writeKubeconfig } from './kubeconfig.ts';

const OPTIONS = { server: 'https://127.0.0.1:6443', certificateAuthority: 'ca', user: { token: 'first' } };

function temporary(t: { after(fn: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'hako-kubeconfig-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a kubeconfig is written in a folder that is not there yet, for its owner alone', async (t) => {
  const path = join(temporary(t), '.kube', 'config');
  await writeKubeconfig(path, OPTIONS);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('it takes the place of its like, also where kubectl made YAML of that', async (t) => {
  const path = join(temporary(t), 'config');
  await writeKubeconfig(path, OPTIONS);
  writeFileSync(path, stringify(JSON.parse(readFileSync(path, 'utf8'))));
  await writeKubeconfig(path, { ...OPTIONS, user: { token: 'second' } });
  assert.match(readFileSync(path, 'utf8'), /"second"/);
});

test('what holds other clusters, or is no kubeconfig, stays as it is', async (t) => {
  const directory = temporary(t);
  const path = join(directory, 'config');
  for (const text of [
    'clusters: [{ name: hakobune }, { name: mine }]\n',
    'a: b: c\n',
    'kind: Pod\n',
    'a shopping list',
  ]) {
    writeFileSync(path, text);
    await assert.rejects(writeKubeconfig(path, OPTIONS), /is not overwritten.* name another kubeconfig/);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
  assert.deepEqual(readdirSync(directory), ['config']);
});

test('where it cannot be written the error says what of', async (t) => {
  await assert.rejects(writeKubeconfig(temporary(t), OPTIONS), /^HakoError: cannot write the kubeconfig: EISDIR/);
});
