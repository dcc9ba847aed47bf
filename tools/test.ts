/**
 * `npm test`: checks, then every test under Node's own runner, then a look at what they left behind. Tests that need root
 * run when we are root, one file after another: they look at the whole host. The others go before them, some at a time.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  busyboxPackages,
  debootstrapPackages,
  enginePackages,
  provide,
  type Requirement,
} from '../src/cli/install/packages.ts';
import { leftBehind, takeInventory } from './leaks/inventory.ts';

const root = join(import.meta.dirname, '..');
const isRoot = process.getuid?.() === 0;

/** What tests call beside the programs that the engine needs. */
const testPackages: readonly Requirement[] = [
  ...enginePackages,
  ...debootstrapPackages,
  ...busyboxPackages,
  { program: 'ps', package: 'procps' },
  { program: 'script', package: 'bsdutils' },
  { program: 'unshare', package: 'util-linux' },
  { program: 'xz', package: 'xz-utils' },
  { program: 'zstd', package: 'zstd' },
  { program: 'bzip2', package: 'bzip2' },
  { program: 'openssl', package: 'openssl' },
  // The registry's peers: clients that others wrote, and another registry.
  { program: 'skopeo', package: 'skopeo' },
  { program: 'podman', package: 'podman' },
  { program: 'buildah', package: 'buildah' },
  { program: 'docker-registry', package: 'docker-registry' },
  { program: 'curl', package: 'curl' },
  { program: 'htpasswd', package: 'apache2-utils' },
];

/** What ends on its own gets this long to do so. */
const SETTLE_MS = 5_000;
/** One test: more is a hang. */
const TEST_TIMEOUT_MS = 2 * 60_000;
/** All of them. Node's own limit does not end a file whose process stays; interrupted, the runner says which it was. */
const RUN_TIMEOUT_MS = 15 * 60_000;

async function run(...args: string[]): Promise<boolean> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const interrupt = setTimeout(() => child.kill('SIGINT'), RUN_TIMEOUT_MS);
  const kill = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS + SETTLE_MS);
  const [code] = await once(child, 'exit');
  clearTimeout(interrupt);
  clearTimeout(kill);
  return code === 0;
}

/** Files of tests that keep to their own folders and ports: most of their time is waiting. */
const PLAIN_CONCURRENCY = 3;

function runFiles(files: readonly string[], concurrency: number): Promise<boolean> | boolean {
  if (files.length === 0) return true;
  const options = ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`];
  return run('--import', './tools/end-test-file.ts', ...options, `--test-timeout=${TEST_TIMEOUT_MS}`, ...files);
}

function testFiles(): string[] {
  if (process.argv.length > 2) return process.argv.slice(2);
  const files = globSync('{src,test,tools,examples}/**/*.test.ts', { cwd: root }).sort();
  return files.filter((file) => isRoot || !file.endsWith('.root.test.ts'));
}

async function nothingLeft(before: ReturnType<typeof takeInventory>): Promise<boolean> {
  const deadlineMs = performance.now() + SETTLE_MS;
  let left = leftBehind(before, takeInventory());
  while (left.length > 0 && performance.now() < deadlineMs) {
    await delay(200);
    left = leftBehind(before, takeInventory());
  }
  console.log(left.length === 0 ? 'nothing was left behind on the host' : 'the tests left this behind on the host:');
  for (const line of left) console.error(`  ${line}`);
  return left.length === 0;
}

if (isRoot) await provide(testPackages, 'npm test');
else console.log('npm test: not root, so tests of the real thing (*.root.test.ts) are left out');
const before = takeInventory();
const checked = process.argv.length > 2 || (await run('tools/check.ts'));
const files = testFiles();
const plain = await runFiles(
  files.filter((file) => !file.endsWith('.root.test.ts')),
  PLAIN_CONCURRENCY,
);
const asRoot = await runFiles(
  files.filter((file) => file.endsWith('.root.test.ts')),
  1,
);
const passed = plain && asRoot;
const clean = await nothingLeft(before);
process.exitCode = checked && passed && clean ? 0 : 1;
if (!checked) console.error('npm test failed: npm run check has findings, see above');
