/**
 * Puts the API server, the daemon and the daemon's workers into few files: `npm run bundle`. A module of its own costs Node some 80 KB and
 * a quarter of a millisecond, and the programs have hundreds: bundled they start in half the time and need 20 to 30 MB less. The command
 * line takes a bundle where it is as new as the sources (src/cli/machine/bundle.ts); the published package always has them.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild';

/** What to bundle: a package's root, and where its modules are. */
export interface BundleOptions {
  readonly root: string;
  /** `src` in a checkout, `dist` in what is published. */
  readonly sources: 'src' | 'dist';
}

/**
 * Modules whose neighbour `worker` is bundled too: they look for it beside the bundle. All others find their workers and data files where
 * those are.
 */
const BESIDE_BUNDLED_WORKER = /\/system\/rootfs\/client\.(ts|js)$/;

/** State of the files that a bundle was made of, by path below the root: `mtimeMs size`. */
type Inputs = Record<string, string>;

/** Fills `bundle/` below the root. What is there already is replaced at the end, file by file. */
export async function bundle({ root, sources }: BundleOptions): Promise<void> {
  const outdir = join(root, 'bundle');
  const extension = sources === 'src' ? 'ts' : 'js';
  const entry = (path: string) => join(root, sources, `${path}.${extension}`);
  const startedAt = new Date();
  const ofServer: Inputs = {};
  const server = await bundled(
    root,
    {
      entryPoints: { server: entry('server/mod'), library: entry('server/library') },
      external: ['#daemon', '#daemon/*'],
    },
    ofServer,
  );
  const ofDaemon: Inputs = {};
  const daemon = await bundled(root, { entryPoints: { daemon: entry('daemon/mod') } }, ofDaemon);
  const worker = await bundled(root, { entryPoints: { worker: entry('system/rootfs/worker') } }, ofDaemon);
  const files = [...server, ...worker, ...daemon].map(({ path, contents }) => ({ name: basename(path), contents }));
  files.push(listOf('server', ofServer), listOf('daemon', ofDaemon));
  replaceFiles(outdir, files, startedAt);
}

function listOf(name: string, inputs: Inputs): { name: string; contents: Uint8Array } {
  return { name: `${name}.json`, contents: Buffer.from(`${JSON.stringify(inputs, null, 1)}\n`) };
}

async function bundled(root: string, options: BuildOptions, inputs: Inputs): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'esnext',
    packages: 'external',
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
    outdir: join(root, 'bundle'),
    plugins: [keepPaths(root, inputs)],
    write: false,
  });
  return outputFiles ?? [];
}

/** Files are as old as the beginning of the build: a source that changed while they were made is newer than they are. */
function replaceFiles(outdir: string, files: readonly { name: string; contents: Uint8Array }[], madeAt: Date): void {
  mkdirSync(outdir, { recursive: true });
  for (const { name, contents } of files) {
    const path = join(outdir, name);
    writeFileSync(`${path}.new`, contents);
    utimesSync(`${path}.new`, madeAt, madeAt);
    renameSync(`${path}.new`, path);
  }
  const names = new Set(files.map(({ name }) => name));
  for (const name of readdirSync(outdir)) if (!names.has(name)) rmSync(join(outdir, name), { recursive: true });
}

/** `import.meta.url` and its kin mean the module's own place, also in a file that holds many modules. */
function keepPaths(root: string, inputs: Inputs): Plugin {
  return {
    name: 'keep-paths',
    setup({ onLoad }) {
      onLoad({ filter: /\/(src|dist)\/.*\.(ts|js)$/ }, ({ path }) => {
        const { mtimeMs, size } = statSync(path);
        inputs[relative(root, path)] = `${mtimeMs} ${size}`;
        const code = readFileSync(path, 'utf8');
        const loader = path.endsWith('.ts') ? 'ts' : 'js';
        return { contents: code.includes('import.meta') ? placed(code, placeOf(root, path)) : code, loader };
      });
    },
  };
}

/** Where a module is to think that it is, seen from the bundle. */
function placeOf(root: string, path: string): string {
  return BESIDE_BUNDLED_WORKER.test(path) ? './client.js' : `../${relative(root, path)}`;
}

function placed(code: string, path: string): string {
  const here = `new URL(${JSON.stringify(path)}, import.meta.url)`;
  return code
    .replace(/\bimport\.meta\.url\b/g, '__moduleUrl')
    .replace(/\bimport\.meta\.dirname\b/g, '__moduleFolder')
    .replace(/\bimport\.meta\.filename\b/g, '__modulePath')
    .replace(/^/, header(here, code, path));
}

function header(here: string, code: string, path: string): string {
  const parts = [`const __moduleUrl = ${here}.href;`];
  if (code.includes('import.meta.dirname'))
    parts.push(
      `const __moduleFolder = process.getBuiltinModule('node:url').fileURLToPath(new URL('.', __moduleUrl)).replace(/\\/$/, '');`,
    );
  if (code.includes('import.meta.filename'))
    parts.push(`const __modulePath = process.getBuiltinModule('node:url').fileURLToPath(__moduleUrl);`);
  return `/* ${dirname(path)} */ ${parts.join(' ')} `;
}

if (import.meta.main) await bundle({ root: join(import.meta.dirname, '..'), sources: 'src' });
