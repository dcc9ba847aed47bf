/** How a worker process is started, and how it behaves towards others. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { constants, getPriority, setPriority } from 'node:os';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ignoring, log } from '#base';
import type { CommandName } from './contract.ts';
import { WorkerProcess } from './worker-process.ts';

/** The worker's program has this file's extension: .ts in the repository, .js in the package. */
const PROGRAM = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url));
/** What an archive of millions of long names may take at most. */
export const MAX_HEAP_MIB = 768;
/** One command needs no parallel collector, and a small young heap lets buffers go that nobody needs any more. */
const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--single-threaded',
  '--expose-gc',
  '--max-semi-space-size=1',
  `--max-old-space-size=${MAX_HEAP_MIB}`,
];
/** One thread reads while another decompresses; memory that one of them frees is good for the other. */
const THREADS = { UV_THREADPOOL_SIZE: '2', MALLOC_ARENA_MAX: '1' };

/** Starts a worker that will be asked for `command`. */
export function launchWorker(command: CommandName, hasInput: boolean): WorkerProcess {
  const { niceness, session } = MANNERS[command] ?? { niceness: 0, session: 'own' };
  const child = new WorkerProcess([...NODE_FLAGS, PROGRAM], workerEnvironment(), { hasInput, session });
  if (niceness > 0) makeWay(child, niceness, session);
  return child;
}

interface Manners {
  niceness: number;
  session: 'own' | 'ours';
}

/**
 * Commands that may take a whole machine for seconds. Those that somebody waits for share our processors, and let us go first; the other
 * one lets everybody go first.
 */
const MANNERS: Partial<Record<CommandName, Manners>> = {
  unpackLayer: { niceness: 5, session: 'ours' },
  remakeLayer: { niceness: 5, session: 'ours' },
  recordLayer: { niceness: 15, session: 'own' },
};

/** Where the kernel groups processes by session, the niceness of the group is what counts among groups. */
function makeWay({ pid }: WorkerProcess, niceness: number, session: Manners['session']): void {
  try {
    // Threads that the worker starts later inherit it.
    setPriority(pid, Math.min(getPriority() + niceness, constants.priority.PRIORITY_LOW));
    if (session === 'ours') return;
    ignoring(['ENOENT', 'EINVAL'], () => writeFileSync(`/proc/${pid}/autogroup`, String(niceness), { flag: 'r+' }));
  } catch (error) {
    // It has ended already, and says so in its own way.
    log.debug('cannot lower the priority of a rootfs worker', { error });
  }
}

let cacheDir: string | undefined;

/**
 * Lets workers keep their compiled code in `dir`, which only root may write: they then start in 45 ms instead of 150. A process that
 * has a compile cache of its own (module.enableCompileCache) shares that one with them anyway.
 */
export function cacheWorkerCode(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  cacheDir = dir;
}

/** A worker inherits nothing of this process's environment. */
function workerEnvironment(): Record<string, string> {
  const own = getCompileCacheDir();
  // The reported folder is the one for this version of Node, inside the one that was asked for.
  const dir = own === undefined ? cacheDir : dirname(own);
  return dir === undefined ? THREADS : { ...THREADS, NODE_COMPILE_CACHE: dir };
}
