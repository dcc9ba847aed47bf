import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const sources = globSync('{src,test,tools,bench,examples}/**/*.ts', { cwd: root }).sort();
const texts = globSync(['{src,test,tools,bench,examples,docs,.ci}/**/*', '*.md', '*.json', 'hako'], {
  cwd: root,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .sort();

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** A file that is longer says why, in a comment that begins so. */
const MAX_LINES = 400;
const REASON = /Long on purpose: \S/;

test('a file has at most 400 lines, or a comment that says why', () => {
  const long = sources.filter((path) => {
    const text = read(path);
    return text.split('\n').length > MAX_LINES + 1 && !REASON.test(text);
  });
  assert.deepEqual(long, []);
});

test('nothing names a package mirror, or a path of the machine it was written on', () => {
  const strangers = [
    /registry\.npmjs\.org|npmmirror/,
    /\b(deb|ftp|snapshot|security)\.debian\.org/,
    /(?<![\w.$}])\/(work|home\/\w+)\/[a-z]/,
    /\/opt\/newer/,
    /\/root\/\./,
  ];
  const self = relative(root, import.meta.filename);
  const findings = texts
    .filter((path) => path !== self)
    .flatMap((path) => strangers.filter((pattern) => pattern.test(read(path))).map((pattern) => `${path}: ${pattern}`));
  assert.deepEqual(findings, []);
});

test('every layer has a door', () => {
  const foldersOf = (path: string) =>
    readdirSync(join(root, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${path}/${name}`);
  // kube is a house of its own: each of its rooms is a layer.
  const layers = [...foldersOf('src').filter((path) => path !== 'src/kube'), ...foldersOf('src/kube')];
  const doorless = layers.filter((path) => path !== 'src/cli' && !existsSync(join(root, path, 'mod.ts')));
  assert.deepEqual(doorless, []);
});

/** The room of kube that a file is in. Inside a room, folders with a mod.ts are shelves: the room's own door is what counts. */
function roomOf(path: string): string | undefined {
  return /^src\/kube\/[^/]+\//.exec(path)?.[0];
}

test('a folder that has a door is entered through it', () => {
  const doors = new Set(globSync('src/*/**/mod.ts', { cwd: root }).map(dirname));
  const intruders = sources
    .filter((path) => path.startsWith('src/') && !/\.test\.ts$|\/testing\//.test(path))
    .flatMap((path) => importsOf(path).map((target) => ({ path, target })))
    .filter(
      ({ path, target }) =>
        doors.has(dirname(target)) &&
        !target.endsWith('/mod.ts') &&
        !isInside(path, dirname(target)) &&
        !(roomOf(path) !== undefined && roomOf(path) === roomOf(target)),
    )
    .map(({ path, target }) => `${path} → ${target}`);
  assert.deepEqual(intruders, []);
});

test('no test is switched off, and none switches off others', () => {
  const off = /\b(?:test|it|describe|suite)\.(?:only|skip|todo)\(|\b(?:only|skip|todo): true\b/;
  const self = relative(root, import.meta.filename);
  assert.deepEqual(
    sources.filter((path) => path.endsWith('.test.ts') && path !== self && off.test(read(path))),
    [],
  );
});

/** Relative imports, as paths from the root. */
function importsOf(path: string): string[] {
  const specifiers = [...read(path).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.map((specifier) => normalize(join(dirname(path), specifier)));
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
