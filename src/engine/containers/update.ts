import { HakoError } from '#base';
import { generateResources } from '#runtime';
import type { EngineContext } from '../context.ts';
import type { UpdateRequest } from '../contract.ts';
import { checkedName } from '../create/name.ts';
import { resourcesOf } from '../process/resources.ts';
import type { HostConfig } from '../spec.ts';
import { type Entry, isRunning } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { validateUpdate } from '../validate/mod.ts';

/** Changes limits and restart policy, of a running container at once. The caller holds the lock. */
export async function updateContainer(
  context: EngineContext,
  entry: Entry,
  request: UpdateRequest,
): Promise<{ warnings: string[] }> {
  const warnings = validateUpdate(request);
  const { id, hostConfig } = entry.record;
  if (request.RestartPolicy?.Name && hostConfig.AutoRemove && request.RestartPolicy.Name !== 'no') {
    throw new HakoError('invalid', 'Restart policy cannot be updated because AutoRemove is enabled for the container');
  }
  const changed = mergeUpdate(hostConfig, request);
  if (isRunning(entry))
    await context.runtime.update(id, generateResources(resourcesOf(changed), context.settings.host));
  context.store.saveRecord(entry, { ...entry.record, hostConfig: changed });
  context.events.publish('container', 'update', id, eventAttributes(entry.record));
  return { warnings };
}

/** What the request sets wins; zero and empty mean "leave it", as docker has it. CPUs and quota exclude each other. */
function mergeUpdate(hostConfig: HostConfig, request: UpdateRequest): HostConfig {
  const set = Object.entries(request).filter(
    ([, value]) => value !== undefined && value !== null && value !== 0 && value !== '',
  );
  const merged: HostConfig = { ...hostConfig, ...Object.fromEntries(set) };
  if (!request.RestartPolicy?.Name && hostConfig.RestartPolicy) merged.RestartPolicy = hostConfig.RestartPolicy;
  if (request.NanoCpus) {
    merged.CpuQuota = 0;
    merged.CpuPeriod = 0;
  } else if (request.CpuQuota || request.CpuPeriod) {
    merged.NanoCpus = 0;
  }
  if (merged.Memory && merged.MemorySwap && merged.MemorySwap > 0 && merged.MemorySwap < merged.Memory) {
    const advice = 'set memory and memoryswap together';
    throw new HakoError(
      'conflict',
      `Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time: ${advice}`,
    );
  }
  return merged;
}

/** Gives the container another name, in its networks too. The caller holds the lock. */
export function renameContainer(context: EngineContext, entry: Entry, newName: string): void {
  const name = checkedName(newName);
  const oldName = entry.record.name;
  if (name === oldName) {
    throw new HakoError('invalid', `Renaming a container with the same name as its current name: ${name}`);
  }
  context.store.saveRecord(entry, { ...entry.record, name });
  context.networks.rename(entry.record.id, name);
  context.events.publish('container', 'rename', entry.record.id, {
    ...eventAttributes(entry.record),
    oldName: `/${oldName}`,
  });
}
