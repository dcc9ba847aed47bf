/** Start-up: what a daemon that died left behind is taken up again or removed. Idempotent. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, ignoring, log } from '#base';
import { identify, isRunning, type ProcessIdentity, signalProcess } from '#system';
import type { ConmonContext } from './context.ts';
import { execFolder, readExecRecord } from './exec.ts';
import { BundleFile } from './layout.ts';
import type { ContainerRecord, RecordStore } from './record.ts';
import { killAndWait, removeContainer } from './remove.ts';

const SIGKILL = 9;

function readPid(path: string): number | undefined {
  const text = ignoring('ENOENT', () => readFileSync(path, 'utf8'));
  const pid = Number(text?.trim());
  return pid > 0 ? pid : undefined;
}

/** The conmons that work in any of `bundles`, found by their command line: a record may be older than its conmon. */
export function findConmons(bundles: ReadonlySet<string>): Map<string, ProcessIdentity[]> {
  const found = new Map<string, ProcessIdentity[]>();
  if (bundles.size === 0) return found;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${name}/cmdline`, 'utf8')) ?? '';
    const args = text.split('\0');
    const bundle = args[args.indexOf('-b') + 1] ?? '';
    if (!args.includes('--full-attach') || !bundles.has(bundle)) continue;
    const identity = identify(Number(name));
    if (identity !== undefined) found.set(bundle, [...(found.get(bundle) ?? []), identity]);
  }
  return found;
}

/** Ends a creation that the dead daemon did not see finished: conmon first, so that nothing new appears. */
async function removeHalfMade(context: ConmonContext, records: RecordStore, record: ContainerRecord): Promise<void> {
  const conmons = findConmons(new Set([record.bundleDir])).get(record.bundleDir) ?? [];
  for (const conmon of conmons) await killAndWait(conmon);
  const pid = readPid(join(record.bundleDir, BundleFile.PID));
  const init = pid === undefined ? undefined : identify(pid);
  await removeContainer(context, records, { ...record, ...(init && { init }) }, true);
}

/** Removes containers that nobody knows, and those that were never finished. */
export async function removeOrphans(
  context: ConmonContext,
  records: RecordStore,
  knownIds: ReadonlySet<string>,
): Promise<void> {
  for (const record of records.list()) {
    if (record.init !== undefined && knownIds.has(record.id)) continue;
    log.info('removing what a dead daemon left of a container', { id: record.id });
    try {
      await removeHalfMade(context, records, record);
    } catch (error) {
      log.error('cannot remove a left-over container', { id: record.id, error: errorMessage(error) });
    }
  }
  removeStrayExits(context, new Set(records.list().map(({ id }) => id)));
}

function removeStrayExits({ layout }: ConmonContext, ids: ReadonlySet<string>): void {
  const strays = readdirSync(layout.exits).filter((name) => !ids.has(name));
  for (const name of strays) rmSync(join(layout.exits, name), { force: true });
}

/** Ends the attached execs of a dead daemon: their clients went with it. Detached ones live on. */
export function endAttachedExecs(record: ContainerRecord): void {
  const folder = join(record.bundleDir, BundleFile.EXECS);
  for (const execId of existsSync(folder) ? readdirSync(folder) : []) {
    const path = execFolder(record, execId);
    const exec = readExecRecord(path);
    if (exec?.detached && exec.process !== undefined && isRunning(exec.process)) continue;
    const pid = readPid(join(path, BundleFile.PID));
    const started = exec?.process ?? (pid === undefined ? undefined : identify(pid));
    for (const victim of [exec?.conmon, started]) if (victim !== undefined) signalProcess(victim, SIGKILL);
    rmSync(path, { recursive: true, force: true });
  }
}
