/** `npm run check`: types (TypeScript 7), style (Biome), layers (dependency-cruiser). All run; any failure fails. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');

/** By path, not through node_modules/.bin: two packages bring a `tsc`. */
const checks: [name: string, ...args: string[]][] = [
  ['types', join(modules, 'typescript/bin/tsc'), '--noEmit'],
  ['style', join(modules, '@biomejs/biome/bin/biome'), 'check', '.'],
  [
    'layers',
    '--import',
    './tools/layers/typescript-5.ts',
    join(modules, 'dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config',
    '.dependency-cruiser.json',
    'src',
  ],
];

const failed: string[] = [];
for (const [name, ...args] of checks) {
  console.log(`── ${name}`);
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`check failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
