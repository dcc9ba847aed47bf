import { join } from 'node:path';
import { failpoint } from '#base';
import { destroyCgroup, isRunning, type ProcessIdentity, removeTree, signalProcess } from '#system';
import { type ConmonContext, traitsFor } from './context.ts';
import { removeExit } from './exits.ts';
import { runVerb } from './program.ts';
import type { ContainerRecord, RecordStore } from './record.ts';

const SIGKILL = 9;

/** True when the runtime keeps nothing but a state folder and a cgroup, so that we may remove them ourselves. */
function isPlain(context: ConmonContext, record: ContainerRecord): boolean {
  const isCrun = traitsFor(context, record.runtime).kind === 'crun';
  return isCrun && !record.hasHooks && record.init !== undefined && !isRunning(record.init);
}

/** Lets the runtime program remove what it keeps, where it must be asked; with `force` of a running container too. */
export async function removeState(context: ConmonContext, record: ContainerRecord, force: boolean): Promise<void> {
  if (isPlain(context, record)) return;
  const args = force ? ['--force', record.id] : [record.id];
  await runVerb(context, record, 'delete', args).catch((error: unknown) => {
    if (!/does not exist|No such file or directory|not found|ENOENT/i.test(String(error))) throw error;
  });
}

/** Removes every trace of a container: the runtime's state, its cgroup, its bundle and our record. Idempotent. */
export async function removeContainer(
  context: ConmonContext,
  records: RecordStore,
  record: ContainerRecord,
  force: boolean,
): Promise<void> {
  await removeState(context, record, force);
  // What a runtime that was killed halfway left without a status, and so does not know itself.
  removeTree(join(context.layout.stateRoot(record.runtime.name), record.id));
  if (record.cgroupsPath !== '') await destroyCgroup(record.cgroupsPath);
  // The conmons of execs that end just now remove their sockets too.
  removeTree(record.bundleDir);
  failpoint('runtime.bundle-removed');
  removeExit(context.layout, record.id);
  records.remove(record.id);
}

const POLL_MS = 2;

/** Kills a process and waits until it is gone; at most `timeoutMs`. Answers whether it is. */
export async function killAndWait(process: ProcessIdentity, timeoutMs = 10_000): Promise<boolean> {
  signalProcess(process, SIGKILL);
  const deadline = performance.now() + timeoutMs;
  while (isRunning(process)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
