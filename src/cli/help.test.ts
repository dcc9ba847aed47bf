import assert from 'node:assert/strict';
import { it } from 'node:test';
import { commandHelp } from './help.ts';
import { groups, single } from './table.ts';

const entries = [
  ...Object.entries(single),
  ...Object.values(groups).flatMap(({ commands }) => Object.entries(commands)),
];

it('what options mean stands in one column, however long they are', async () => {
  for (const [name, { summary, load }] of entries) {
    const { default: command } = await load();
    const lines = commandHelp(name, summary, command).split('\n');
    const shown = Object.entries(command.flags).filter(([, { hidden }]) => !hidden);
    const columns = shown.map(([flag, { help }]) => {
      const line = lines.find((each) => new RegExp(`^  (-.,|   ) --${flag} `).test(each)) ?? '';
      return line.indexOf(`   ${help}`);
    });
    assert.ok(!columns.includes(-1), `${name} lacks an option`);
    assert.ok(new Set(columns).size <= 1, `${name}: ${columns.join(' ')}`);
  }
});
