import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { completionScript } from './completion/scripts.ts';
import { type Entry, findCommand, groups, shortcuts, single } from './table.ts';

const all: [string, Entry][] = [
  ...Object.entries(single),
  ...Object.entries(groups).flatMap(([group, { commands }]) =>
    Object.entries(commands).map(([name, entry]): [string, Entry] => [`${group} ${name}`, entry]),
  ),
];

describe('every command', () => {
  for (const [name, entry] of all) {
    it(`hako ${name} loads, has examples and letters of its own`, async () => {
      const { default: command } = await entry.load();
      assert.ok(command.examples.length > 0);
      assert.ok(command.arity[0] <= command.arity[1]);
      const letters = Object.values(command.flags)
        .map(({ short }) => short)
        .filter(Boolean);
      assert.equal(new Set(letters).size, letters.length, `letters used twice: ${letters.sort().join('')}`);
      for (const [flag, { help, hidden }] of Object.entries(command.flags))
        assert.ok(hidden || help !== '', `--${flag} has no help`);
    });
  }
});

it('commands are found by their words, short names and aliases', () => {
  const load = (words: string) => findCommand(words.split(' '));
  assert.equal(load('container run x').entry, load('run x').entry);
  assert.equal(load('container ps').entry, load('ps').entry);
  assert.equal(load('image remove x').entry, load('rmi x').entry);
  assert.deepEqual(load('network create x').rest, ['x']);
  for (const name of Object.keys(shortcuts)) assert.ok(load(name).entry, name);
  for (const none of ['constructor', 'image constructor', '__proto__', 'nosuch'])
    assert.equal(load(none).entry, undefined, none);
});

for (const shell of ['bash', 'zsh', 'fish']) {
  it(`the completion for ${shell} has every command and parses`, async () => {
    const script = await completionScript(shell);
    for (const [name] of all) assert.ok(script.includes(name.split(' ').at(-1) ?? ''), name);
    const checked = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
    // Where the shell is not installed its words are all that can be checked.
    if (checked.error === undefined) assert.equal(checked.stderr, '');
  });
}

it('the completion for bash offers flags, commands of groups and nothing wrong', async () => {
  const script = await completionScript('bash');
  const complete = (...words: string[]) => {
    const program = `${script}\nCOMP_WORDS=(hako ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _hako; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', program], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
      .stdout.trim()
      .split('\n');
  };
  assert.deepEqual(complete('image', 'boot'), ['bootstrap']);
  assert.deepEqual(complete('run', '--health-on'), ['--health-on-failure']);
  assert.deepEqual(complete('netw'), ['network']);
  // What follows a flag with a value is the shell's own business: files.
  assert.deepEqual(complete('server', '--kubeconfig', ''), ['']);
  assert.deepEqual(complete('run', '-v', ''), ['']);
  assert.deepEqual(complete('run', '--rm', '--netw'), ['--network', '--network-alias']);
});
