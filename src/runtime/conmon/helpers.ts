/** The programs that work for a container: conmon, and the runtime while it creates or executes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HakoError, ignoring } from '#base';
import { hasFifoWriter, identify, type ProcessIdentity } from '#system';
import type { ConmonContext } from './context.ts';
import { BundleFile } from './layout.ts';
import type { ContainerRecord } from './record.ts';
import { killAndWait } from './remove.ts';

const HELPER_TIMEOUT_MS = 10_000;

/**
 * The processes of `programs` that were started for `folder` (a bundle, or the folder of an exec) or below it, found by
 * their command line: a record may be older than its conmon.
 */
export function findHelpers(folder: string, programs: readonly string[]): ProcessIdentity[] {
  const isInside = (argument: string) => argument === folder || argument.startsWith(`${folder}/`);
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const text = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${name}/cmdline`, 'utf8')) ?? '';
    const [program = '', ...args] = text.split('\0');
    if (!programs.includes(program) || !args.some(isInside)) return [];
    return identify(Number(name)) ?? [];
  });
}

/**
 * Kills the conmon of `folder` and the runtime that it started. A child of the dead daemon may not have become conmon yet,
 * but it holds the sync FIFO from its first moment; a runtime that lost its conmon before it tied its life to it goes on.
 * Only when nobody holds the FIFO and no runtime is left, nothing can come any more.
 */
export async function endHelpers(context: ConmonContext, record: ContainerRecord, folder: string): Promise<void> {
  const deadline = performance.now() + HELPER_TIMEOUT_MS;
  const programs = [context.conmonPath, record.runtime.path];
  while (performance.now() < deadline) {
    const helpers = findHelpers(folder, programs);
    for (const helper of helpers) await killAndWait(helper);
    if (helpers.length === 0 && !hasFifoWriter(join(folder, BundleFile.SYNC))) return;
    if (helpers.length === 0) await delay(2);
  }
  throw new HakoError('internal', `the conmon of ${folder} cannot be ended`);
}
