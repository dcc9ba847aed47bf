import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ignoring } from '#base';
import { removeTree } from './remove-tree.ts';

const FILES = 400;
const ROUNDS = 20;

test('removeTree removes everything, also while another process removes files of it', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-remove-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (let round = 0; round < ROUNDS; round++) {
    const tree = join(folder, `${round}`);
    const shared = join(tree, 'shared');
    mkdirSync(shared, { recursive: true });
    for (let index = 0; index < FILES; index++) writeFileSync(join(shared, `${index}`), '');
    const other = spawn('rm', ['-rf', shared], { stdio: 'ignore' });
    await once(other, 'spawn');
    while (ignoring('ENOENT', () => readdirSync(shared))?.length === FILES);
    removeTree(tree);
    assert.equal(existsSync(tree), false);
    if (other.exitCode === null) await once(other, 'exit');
  }
});

test('removeTree takes what is not there for removed', () => {
  removeTree('/nowhere/at/all');
});
