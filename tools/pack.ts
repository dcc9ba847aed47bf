/**
 * Makes the npm package: `npm run pack` leaves hakobune-VERSION.tgz in the working directory. Node runs our TypeScript as
 * it is, but not below node_modules: so the types are stripped here, and `.ts` in specifiers becomes `.js`.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.ts';

const packageDir = join(import.meta.dirname, '..');
/** What stands beside the code, where it exists. */
const BESIDE = ['hako', 'examples', 'README.md', 'README.ja.md', 'LICENSE', 'SECURITY.md'];
/** What is for developers only. */
const NOT_PUBLISHED = /\.test\.ts$|\/(golden|fixtures|testing)\//;

/** The JavaScript of a module: types are blanked, so that lines and columns stay what they were. */
export function stripModule(source: string): string {
  return rewriteSpecifiers(stripTypeScriptTypes(source, { mode: 'strip' }));
}

/** `'./x.ts'` becomes `'./x.js'`, in imports as in paths of workers and programs. */
export function rewriteSpecifiers(code: string): string {
  return code.replaceAll(/(['"`])(\.{1,2}\/[^'"`\s]+)\.ts\1/g, '$1$2.js$1');
}

interface PackageJson {
  imports: Record<string, string>;
  exports: { '.': string };
  [key: string]: unknown;
}

/** package.json as it is published. */
export function publishedManifest(manifest: PackageJson): Record<string, unknown> {
  const { devDependencies: _dev, scripts: _scripts, private: _private, ...rest } = manifest;
  const imports = Object.entries(manifest.imports).map(([name, path]) => [name, publishedPath(path)]);
  const library = {
    types: publishedPath(manifest.exports['.']).replace(/\.js$/, '.d.ts'),
    default: './bundle/library.js',
  };
  return {
    ...rest,
    files: ['dist', 'bundle', ...BESIDE],
    imports: Object.fromEntries(imports),
    exports: { '.': library },
  };
}

function publishedPath(path: string): string {
  return path.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js');
}

/** What is not in the repository and belongs into the package. */
const GENERATED = 'src/kube/api/schema/generated/structure.json';

/** Types of the library, for those who import it: declarations of its module and of all that it leads to. */
function declare(staging: string): void {
  const config = join(staging, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(packageDir, 'src'),
    outDir: join(staging, 'dist'),
    typeRoots: [join(packageDir, 'node_modules/@types')],
  };
  const files = [join(packageDir, 'src/server/library.ts')];
  writeFileSync(
    config,
    JSON.stringify({ extends: join(packageDir, 'tsconfig.json'), include: [], files, compilerOptions }),
  );
  const { status } = spawnSync(join(packageDir, 'node_modules/.bin/tsc'), ['-p', config], { stdio: ['ignore', 2, 2] });
  rmSync(config);
  if (status !== 0) throw new Error('tsc could not write the declarations of the library');
  for (const path of globSync('dist/**/*.d.ts', { cwd: staging })) {
    const file = join(staging, path);
    writeFileSync(file, rewriteSpecifiers(readFileSync(file, 'utf8')));
  }
}

/** Fills `staging` with the package. */
async function stage(staging: string): Promise<void> {
  if (!existsSync(join(packageDir, GENERATED))) throw new Error(`${GENERATED} is missing: run npm run generate`);
  for (const path of globSync('src/**/*', { cwd: packageDir, withFileTypes: false })) publishFile(path, staging);
  for (const name of BESIDE.filter((each) => existsSync(join(packageDir, each)))) {
    cpSync(join(packageDir, name), join(staging, name), { recursive: true });
  }
  const manifest = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as PackageJson;
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
  declare(staging);
  // esbuild looks beside the package for what the package imports.
  symlinkSync(join(packageDir, 'node_modules'), join(staging, 'node_modules'));
  await bundle({ root: staging, sources: 'dist' });
  rmSync(join(staging, 'node_modules'));
}

/** One file of src: TypeScript is stripped, data is copied as it is. */
function publishFile(path: string, staging: string): void {
  const isFile = /\.[a-z]+$/.test(path);
  if (!isFile || NOT_PUBLISHED.test(path)) return;
  const target = join(staging, publishedPath(`./${path}`));
  mkdirSync(dirname(target), { recursive: true });
  if (path.endsWith('.ts')) writeFileSync(target, stripModule(readFileSync(join(packageDir, path), 'utf8')));
  else cpSync(join(packageDir, path), target);
}

/** Packs into `destination`; answers the path of the tarball. */
export async function pack(destination: string): Promise<string> {
  const staging = mkdtempSync(join(tmpdir(), 'hako-pack-'));
  try {
    await stage(staging);
    const result = spawnSync('npm', ['pack', '--silent', '--pack-destination', destination], {
      cwd: staging,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (result.status !== 0) throw new Error(`npm pack ended with ${result.status}`);
    return join(destination, result.stdout.trim().split('\n').at(-1) ?? '');
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

if (import.meta.main) console.log(await pack(process.argv[2] ?? process.cwd()));
