/** Start-up: what a daemon that died left behind is taken up again or removed. Idempotent. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, ignoring, log } from '#base';
import { identify, isRunning, removeTree, signalProcess } from '#system';
import type { ConmonContext } from './context.ts';
import { execFolder, readExecRecord } from './exec.ts';
import { endHelpers } from './helpers.ts';
import { BundleFile } from './layout.ts';
import type { ContainerRecord, RecordStore } from './record.ts';
import { removeContainer } from './remove.ts';

const SIGKILL = 9;

function readPid(path: string): number | undefined {
  const text = ignoring('ENOENT', () => readFileSync(path, 'utf8'));
  const pid = Number(text?.trim());
  return pid > 0 ? pid : undefined;
}

/** Ends a creation that the dead daemon did not see finished: conmon first, so that nothing new appears. */
async function removeHalfMade(context: ConmonContext, records: RecordStore, record: ContainerRecord): Promise<void> {
  await endHelpers(context, record, record.bundleDir);
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
  records.removeUnfinished();
  removeStrayFiles(context, new Set(records.list().map(({ id }) => id)));
}

function removeStrayFiles({ layout }: ConmonContext, ids: ReadonlySet<string>): void {
  const exits = readdirSync(layout.exits).filter((name) => !ids.has(name));
  for (const name of exits) rmSync(join(layout.exits, name), { force: true });
  const updates = readdirSync(layout.temporary).filter((name) => name.startsWith('update-'));
  for (const name of updates) rmSync(join(layout.temporary, name), { force: true });
}

async function endExec(context: ConmonContext, record: ContainerRecord, path: string): Promise<void> {
  const exec = readExecRecord(path);
  if (exec?.detached && exec.process !== undefined && isRunning(exec.process)) return;
  await endHelpers(context, record, path);
  const pid = readPid(join(path, BundleFile.PID));
  const started = exec?.process ?? (pid === undefined ? undefined : identify(pid));
  if (started !== undefined) signalProcess(started, SIGKILL);
  removeTree(path);
}

/** Ends the attached execs of a dead daemon: their clients went with it. Detached ones live on. */
export async function endAttachedExecs(context: ConmonContext, record: ContainerRecord): Promise<void> {
  const folder = join(record.bundleDir, BundleFile.EXECS);
  const execIds = ignoring('ENOENT', () => readdirSync(folder)) ?? [];
  for (const execId of execIds) await endExec(context, record, execFolder(record, execId));
}
