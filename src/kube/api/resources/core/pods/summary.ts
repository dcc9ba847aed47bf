import { humanAge } from '../../../values/mod.ts';
import type { ContainerState, ContainerStatus, Pod, PodStatus } from './types.ts';

/** What `kubectl get pods` says of a pod. */
export interface PodSummary {
  /** Containers that are ready, and those there are, sidecars among them. */
  readonly ready: string;
  readonly status: string;
  /** `2`, `2 (5m ago)`. */
  readonly restarts: string;
}

/** What the walk over the containers finds. */
interface Tally {
  status: string;
  ready: number;
  restarts: number;
  lastRestart: string;
}

/** Sums up a pod as kubectl prints it: what is wrong with it rather than its phase, where something is. */
export function summarize(pod: Pod, nowMs: number): PodSummary {
  const status = pod.status ?? {};
  const sidecars = new Set<string | undefined>();
  for (const { name, restartPolicy } of pod.spec?.initContainers ?? [])
    if (restartPolicy === 'Always') sidecars.add(name);
  const tally: Tally = { status: phaseOrReason(status), ready: 0, restarts: 0, lastRestart: '' };
  const isInitializing = tallyInitContainers(pod, sidecars, tally);
  if (!isInitializing || hasCondition(status, 'Initialized')) {
    const ofSidecars = (status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
    countRestarts(ofSidecars, tally);
    tallyContainers(status, tally);
  }
  const total = (pod.spec?.containers?.length ?? 0) + sidecars.size;
  return {
    ready: `${tally.ready}/${total}`,
    status: ending(pod, status) ?? tally.status,
    restarts: formatRestarts(tally, nowMs),
  };
}

function phaseOrReason(status: PodStatus): string {
  const isGated = status.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  if (isGated === true) return 'SchedulingGated';
  return (status.reason ?? '') === '' ? (status.phase ?? '') : (status.reason ?? '');
}

/** Walks the init containers up to the first that is not through. Is there one? */
function tallyInitContainers(pod: Pod, sidecars: ReadonlySet<string | undefined>, tally: Tally): boolean {
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (let i = 0; i < statuses.length; i++) {
    const container = statuses[i];
    if (container === undefined) continue;
    countRestart(container, tally);
    const { terminated, waiting } = container.state ?? {};
    if (terminated !== undefined && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecars.has(container.name) && container.started === true) {
      if (container.ready === true) tally.ready++;
      continue;
    }
    const reason = waiting?.reason ?? '';
    if (terminated !== undefined) tally.status = `Init:${endOf(terminated)}`;
    else if (reason !== '' && reason !== 'PodInitializing') tally.status = `Init:${reason}`;
    else tally.status = `Init:${i}/${pod.spec?.initContainers?.length ?? 0}`;
    return true;
  }
  return false;
}

/** The first container with something to say says it: hence from the last to the first. */
function tallyContainers(status: PodStatus, tally: Tally): void {
  const statuses = status.containerStatuses ?? [];
  let isRunning = false;
  for (let i = statuses.length - 1; i >= 0; i--) {
    const container = statuses[i];
    if (container === undefined) continue;
    countRestart(container, tally);
    const { waiting, terminated, running } = container.state ?? {};
    if ((waiting?.reason ?? '') !== '') tally.status = waiting?.reason ?? '';
    else if (terminated !== undefined) tally.status = endOf(terminated);
    else if (container.ready === true && running !== undefined) {
      isRunning = true;
      tally.ready++;
    }
  }
  if (tally.status === 'Completed' && isRunning) tally.status = hasCondition(status, 'Ready') ? 'Running' : 'NotReady';
}

function endOf({ reason = '', signal = 0, exitCode = 0 }: NonNullable<ContainerState['terminated']>): string {
  if (reason !== '') return reason;
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

function countRestarts(containers: readonly ContainerStatus[], tally: Tally): void {
  tally.restarts = 0;
  tally.lastRestart = '';
  for (const container of containers) countRestart(container, tally);
}

function countRestart(container: ContainerStatus, tally: Tally): void {
  tally.restarts += container.restartCount ?? 0;
  const finishedAt = container.lastState?.terminated?.finishedAt ?? '';
  // RFC 3339 in UTC and whole seconds sorts as text.
  if (finishedAt > tally.lastRestart) tally.lastRestart = finishedAt;
}

function hasCondition(status: PodStatus, type: string): boolean {
  return status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

/** What a pod that is being deleted is called. */
function ending(pod: Pod, status: PodStatus): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? undefined : 'Terminating';
}

function formatRestarts({ restarts, lastRestart }: Tally, nowMs: number): string {
  return restarts === 0 || lastRestart === '' ? `${restarts}` : `${restarts} (${humanAge(lastRestart, nowMs)} ago)`;
}
