import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '#base';
import type { OciResources } from '../oci-spec.ts';
import { stringifyWide } from '../serialize.ts';
import type { ConmonContext } from './context.ts';
import { runVerb } from './program.ts';
import type { ContainerRecord } from './record.ts';

/** The greatest pid that Linux can give out: a limit that never bites. */
const PID_MAX = 4_194_304;

/** crun before 1.9 writes -1 as it is, which the kernel refuses; the greatest number means the same to all. */
function portable(resources: OciResources): OciResources {
  const { pids } = resources;
  return pids !== undefined && pids.limit < 0 ? { ...resources, pids: { limit: PID_MAX } } : resources;
}

/** Changes the limits of a running container; limits that are not named stay. Throws what the runtime says. */
export async function updateContainer(
  context: ConmonContext,
  record: ContainerRecord,
  resources: OciResources,
): Promise<void> {
  const path = join(context.layout.temporary, `update-${newId()}`);
  try {
    writeFileSync(path, stringifyWide(portable(resources)), { mode: 0o600 });
    await runVerb(context, record, 'update', ['--resources', path, record.id]);
  } finally {
    rmSync(path, { force: true });
  }
}
