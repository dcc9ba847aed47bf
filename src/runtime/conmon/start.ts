import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import { type ConmonContext, traitsFor } from './context.ts';
import { runVerb } from './program.ts';
import type { ContainerRecord } from './record.ts';

/** crun's init waits for a byte from this FIFO in its state folder. */
export function execFifoPath(context: ConmonContext, record: ContainerRecord): string {
  return join(context.layout.stateRoot(record.runtime.name), record.id, 'exec.fifo');
}

/** Does what `crun start` does, without the 3 ms of a process. Answers false where that is not possible. */
function startCrun(context: ConmonContext, record: ContainerRecord): boolean {
  const path = execFifoPath(context, record);
  const fd = ignoring(['ENOENT', 'ENXIO'], () => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  if (fd === undefined) return false;
  try {
    unlinkSync(path);
    writeSync(fd, Buffer.of(0));
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Lets a created container's init run its program. Throws what the runtime says when it cannot. */
export async function startContainer(context: ConmonContext, record: ContainerRecord): Promise<void> {
  const isCrun = traitsFor(context, record.runtime).kind === 'crun';
  if (isCrun && !record.hasHooks && startCrun(context, record)) return;
  await runVerb(context, record, 'start', [record.id]);
}
