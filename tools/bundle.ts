/**
 * Puts the API server, the daemon and the daemon's workers into few files: `npm run bundle`. A module of its own costs Node some 80 KB and
 * a quarter of a millisecond, and the programs have hundreds: bundled they start in half the time and need 20 to 30 MB less. The command
 * line takes a bundle where it is as new as the sources (src/cli/machine/bundle.ts); the published package always has them.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** What to bundle: a package's root, and where its modules are. */
export interface BundleOptions {
  readonly root: string;
  /** `src` in a checkout, `dist` in what is published. */
  readonly sources: 'src' | 'dist';
  /** How long files of earlier builds stay: what runs from them loads some only when they are wanted. A week, where it is not given. */
  readonly keepMs?: number;
}

const WEEK_MS = 7 * 24 * 3600 * 1000;

/**
 * Modules whose neighbour `worker` is bundled too: they look for it beside the bundle. All others find their workers and data files where
 * those are.
 */
const BESIDE_BUNDLED_WORKER = /\/system\/rootfs\/client\.(ts|js)$/;

/** State of the files that a bundle was made of and of those that it is, by path below the root: `mtimeMs size`. */
type Inputs = Record<string, string>;

/** A file of the bundle. */
interface Made {
  readonly name: string;
  readonly contents: Uint8Array;
}

/**
 * Fills `bundle/` below the root. What is there already is replaced at the end, file by file; the lists go first and come last, so
 * that a build that is broken off, or two at once that get mixed up, leave none that is true.
 */
export async function bundle({ root, sources, keepMs = WEEK_MS }: BundleOptions): Promise<void> {
  const outdir = join(root, 'bundle');
  const extension = sources === 'src' ? 'ts' : 'js';
  const entry = (path: string) => join(root, sources, `${path}.${extension}`);
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
  const madeAt = newestOf({ ...ofServer, ...ofDaemon });
  mkdirSync(outdir, { recursive: true });
  for (const name of ['server.json', 'daemon.json']) rmSync(join(outdir, name), { force: true });
  const write = (files: readonly Made[]) => Object.fromEntries(files.map((file) => replaceFile(outdir, file, madeAt)));
  const states = [write(server), { ...write(worker), ...write(daemon) }] as const;
  const lists = [listOf('server', { ...ofServer, ...states[0] }), listOf('daemon', { ...ofDaemon, ...states[1] })];
  write(lists);
  removeOthers(outdir, new Set([...server, ...daemon, ...worker, ...lists].map(({ name }) => name)), keepMs);
}

function listOf(name: string, inputs: Inputs): Made {
  return { name: `${name}.json`, contents: Buffer.from(`${JSON.stringify(inputs, null, 1)}\n`) };
}

/** Files of a bundle are as old as its newest source: two builds of the same sources make the same, others do not. */
function newestOf(inputs: Inputs): Date {
  return new Date(Math.max(...Object.values(inputs).map((state) => Number.parseFloat(state))));
}

async function bundled(root: string, options: BuildOptions, inputs: Inputs): Promise<Made[]> {
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
  return (outputFiles ?? []).map(({ path, contents }) => ({ name: basename(path), contents }));
}

/** Answers the file's path below the root and its state. */
function replaceFile(outdir: string, { name, contents }: Made, madeAt: Date): [string, string] {
  const path = join(outdir, name);
  const temporary = `${path}.${process.pid}.new`;
  // A list must not be there in part, whatever happens to the machine.
  writeFileSync(temporary, contents, { flush: name.endsWith('.json') });
  utimesSync(temporary, madeAt, madeAt);
  const { mtimeMs, size } = statSync(temporary);
  renameSync(temporary, path);
  return [`bundle/${name}`, `${mtimeMs} ${size}`];
}

/** Another build may be at work, or have removed the same. */
function removeOthers(outdir: string, names: ReadonlySet<string>, keepMs: number): void {
  for (const name of readdirSync(outdir)) {
    if (names.has(name)) continue;
    const path = join(outdir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.ctimeMs >= keepMs) rmSync(path, { recursive: true, force: true });
  }
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
