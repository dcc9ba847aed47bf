import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const repository = join(import.meta.dirname, '../..');

/** A copy of the house with nothing in it but `files`. Answers the rules that they break. */
function brokenRules(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'hako-layers-'));
  try {
    for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.json']) {
      copyFileSync(join(repository, name), join(root, name));
    }
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const cruise = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const hook = join(repository, 'tools/layers/typescript-5.ts');
    const args = ['--import', hook, cruise, '--config', '.dependency-cruiser.json', '--output-type', 'json', 'src'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    assert.notEqual(stdout, '', stderr);
    const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } };
    return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
  } finally {
    rmSync(root, { recursive: true });
  }
}

const doors = {
  'src/base/mod.ts': 'export const a = 1;\n',
  'src/images/mod.ts': "import { a } from '#base';\nexport const b = a;\nexport interface B { b: number }\n",
  'src/network/mod.ts': 'export const c = 1;\n',
  'src/engine/mod.ts': "import { b } from '#images';\nexport const d = b;\n",
  'src/daemon/mod.ts': "import { d } from '#engine';\nexport const e = d;\n",
};

/** What is added to a clean house, and the rules that it breaks. */
const table: [title: string, files: Record<string, string>, rules: string[]][] = [
  ['a clean house', {}, []],
  ['base that imports upwards', { 'src/base/x.ts': "import '#engine';" }, ['layer-base']],
  ['images that import network', { 'src/images/x.ts': "import '#network';" }, ['layer-runtime-images-network']],
  [
    'images that import a type of network',
    { 'src/images/x.ts': "import type { c } from '#network';" },
    ['layer-runtime-images-network'],
  ],
  ['an engine that imports an edge', { 'src/engine/x.ts': "import '#docker-api';" }, ['no-unresolved']],
  [
    'a way around the door',
    { 'src/images/x.ts': 'export const x = 1;', 'src/engine/x.ts': "import '../images/x.ts';" },
    ['no-up-and-over', 'one-door'],
  ],
  ['an edge that works below the engine', { 'src/docker-api/mod.ts': "import '#images';" }, ['layer-edges']],
  ['an edge that uses a type from below', { 'src/docker-api/mod.ts': "import type { B } from '#images';" }, []],
  ['a command line that loads the daemon late', { 'src/cli/main.ts': "await import('#daemon');" }, []],
  [
    'a command line that loads the daemon at once',
    { 'src/cli/main.ts': "import '#daemon';" },
    ['cli-loads-daemon-late'],
  ],
  ['a command line that knows the engine', { 'src/cli/main.ts': "import '#engine';" }, ['layer-cli']],
  [
    'files that need each other',
    { 'src/base/x.ts': "import './y.ts';", 'src/base/y.ts': "import './x.ts';" },
    ['no-cycles'],
  ],
  ['a program that needs a tool', { 'src/base/x.ts': "import 'dependency-cruiser';" }, ['no-dev-dependencies']],
];

for (const [title, files, rules] of table) {
  test(`${title} breaks ${rules.join(' and ') || 'no rule'}`, () => {
    assert.deepEqual(brokenRules({ ...doors, ...files }), rules);
  });
}
