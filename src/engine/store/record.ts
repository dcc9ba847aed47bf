import type { IdMapping } from '#images';
import type { Container, ContainerState } from '../contract.ts';

/** What a container is: decided at creation, changed by rename, update and network connect alone. */
export interface ContainerRecord extends Omit<Container, 'state' | 'execIds' | 'files'> {
  /** The user namespace of the container; undefined when it shares the host's. */
  mapping: IdMapping | undefined;
}

/** How it goes with the container. Health lives in memory only: it starts anew with every start. */
export interface StoredState extends Omit<ContainerState, 'health'> {
  /** Made up to here only; a start-up that finds it removes the container. */
  creating: boolean;
  /** A user stopped it: the policies `unless-stopped` and `on-failure` leave it alone. */
  manuallyStopped: boolean;
  /** While it is being removed: its anonymous volumes go too, also where a crash cuts the removal short. */
  removesVolumes?: boolean;
  /** Frozen for the time of a commit, not by a user: a start-up that finds it so lets it run on. */
  pausedForCommit?: boolean;
}

/** The state of a container that was just made. */
export function newState(): StoredState {
  return {
    status: 'created',
    pid: 0,
    exitCode: 0,
    error: '',
    oomKilled: false,
    startedAtMs: 0,
    finishedAtMs: 0,
    restartCount: 0,
    creating: true,
    manuallyStopped: false,
  };
}
