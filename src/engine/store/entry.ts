import type { Container, HealthState, WaitResult } from '../contract.ts';
import type { HealthMonitor } from '../health/mod.ts';
import type { ContainerRecord, StoredState } from './record.ts';

/** A container as the running engine holds it: its row, and what lives in memory only. */
export interface Entry {
  record: ContainerRecord;
  state: StoredState;
  health: HealthState | undefined;
  /** Probes the current run, where the container has a health check. */
  healthMonitor: HealthMonitor | undefined;
  /** Called, once each, when the container ends. */
  exitWaiters: Set<(result: WaitResult) => void>;
  /** Called, once each, when the container is gone. */
  removalWaiters: Set<(result: WaitResult) => void>;
  /** Attachments that wait for the process to exist; the runtime's start waits until they are made, or have failed. */
  startListeners: Set<() => Promise<void>>;
  execIds: Set<string>;
  /** Resolves when the current run has ended and its output is complete. */
  ended: Promise<void>;
  markEnded: () => void;
  /** Ends what serves the current run: health monitor, restart timer. */
  run: DisposableStack;
  /** Restarts by users that are under way: the end in their midst does not remove a container that removes itself. */
  restartsUnderWay: number;
  /** Consecutive restarts by policy, for the back-off. */
  failureCount: number;
}

/** An entry for a row that was just made or read. */
export function newEntry(record: ContainerRecord, state: StoredState): Entry {
  const entry: Entry = {
    record,
    state,
    health: undefined,
    healthMonitor: undefined,
    exitWaiters: new Set(),
    removalWaiters: new Set(),
    startListeners: new Set(),
    execIds: new Set(),
    ended: Promise.resolve(),
    markEnded: () => {},
    run: new DisposableStack(),
    restartsUnderWay: 0,
    failureCount: 0,
  };
  return entry;
}

/** Calls and forgets every waiter of a set. */
export function settleWaiters(waiters: Set<(result: WaitResult) => void>, result: WaitResult): void {
  const due = [...waiters];
  waiters.clear();
  for (const waiter of due) waiter(result);
}

/** True while a process of the container exists. */
export function isRunning(entry: Entry): boolean {
  return entry.state.status === 'running' || entry.state.status === 'paused';
}

/** True for a container that goes when its run ends (`--rm`). */
export function removesItself({ record, restartsUnderWay }: Entry): boolean {
  return record.hostConfig.AutoRemove === true && restartsUnderWay === 0;
}

/** The container as a value for the edges. */
export function toContainer(entry: Entry, containerDir: string): Container {
  const { mapping: _mapping, ...record } = entry.record;
  const {
    creating: _,
    manuallyStopped: _stopped,
    removesVolumes: _removes,
    pausedForCommit: _frozen,
    ...state
  } = entry.state;
  return {
    ...record,
    state: { ...state, health: entry.health },
    execIds: [...entry.execIds],
    files: {
      log: `${containerDir}/container.log`,
      hostname: `${containerDir}/hostname`,
      hosts: `${containerDir}/hosts`,
      resolv: `${containerDir}/resolv.conf`,
    },
  };
}
