import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import { runForArchive } from './run-for-archive.ts';

/** Runs a shell script that says these lines and ends with `code`. */
async function run(code: number, ...said: string[]): Promise<{ output: string; lines: string[] }> {
  const lines: string[] = [];
  const stdin = said.map((line) => `${line}\n`).join('');
  const args = ['-c', `echo archive; cat >&2; exit ${code}`];
  const output = runForArchive({ program: 'sh', args, stdin, env: process.env, onLine: (line) => lines.push(line) });
  return { output: (await buffer(output)).toString(), lines };
}

const fails = (message: string) => (error: unknown) =>
  isHakoError(error, 'failed_precondition') && error.message === message;

describe('a program that makes an archive', () => {
  it('is read to its end, and its lines are told', async () => {
    assert.deepEqual(await run(0, 'I: one', 'two'), { output: 'archive\n', lines: ['I: one', 'two'] });
  });

  it('fails with its reasons, each once, without the commands that it ran', async () => {
    const noise = Array.from({ length: 20 }, (_, index) => `Get:${index} http://mirror`);
    const said = [
      'I: running apt-get update...',
      'W: a warning about the sandbox',
      'E: Unable to locate package nosuch',
      ...noise,
      'E: setup failed: E: apt-get -o Dir::Bin::dpkg=env --yes install nosuch failed',
      'E: mmdebstrap failed to run',
    ];
    await assert.rejects(run(25, ...said), fails('sh failed (25): Unable to locate package nosuch'));
  });

  it('fails with its last lines where it names no reason', async () => {
    await assert.rejects(run(1, 'one', 'two'), fails('sh failed (1): one; two'));
  });
});
