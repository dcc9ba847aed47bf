import { existsSync } from 'node:fs';
import { isFrozen, isRunning } from '#system';
import type { RuntimeState } from '../contract.ts';
import { type ConmonContext, traitsFor } from './context.ts';
import { runVerb } from './program.ts';
import type { ContainerRecord } from './record.ts';
import { execFifoPath } from './start.ts';

/** The answer of the verb `state` (runtime spec, "Query State"). */
async function askRuntime(context: ConmonContext, record: ContainerRecord): Promise<RuntimeState> {
  const answer = JSON.parse(await runVerb(context, record, 'state', [record.id])) as Partial<RuntimeState>;
  const known = ['created', 'running', 'paused'] as const;
  const status = known.find((name) => name === answer.status) ?? 'stopped';
  return { status, pid: status === 'stopped' ? 0 : (answer.pid ?? 0) };
}

/** What kernel and runtime say of a container now. */
export async function readState(context: ConmonContext, record: ContainerRecord): Promise<RuntimeState> {
  const traits = traitsFor(context, record.runtime);
  if (record.init === undefined || !isRunning(record.init)) return { status: 'stopped', pid: 0 };
  if (!traits.nativeInit) return askRuntime(context, record);
  const { pid } = record.init;
  if (isFrozen(record.cgroupsPath)) return { status: 'paused', pid };
  return { status: existsSync(execFifoPath(context, record)) ? 'created' : 'running', pid };
}
