import type { KubeObject, Shared } from '#kube/api';

/** A pod, as far as a node on paper looks at it. */
export interface Pod extends KubeObject {
  spec?: {
    nodeName?: string;
    schedulerName?: string;
    schedulingGates?: unknown[];
    restartPolicy?: string;
    hostNetwork?: boolean;
    containers?: { name: string; image?: string }[];
    initContainers?: { name: string; image?: string; restartPolicy?: string }[];
    nodeSelector?: Record<string, string>;
    affinity?: {
      nodeAffinity?: {
        requiredDuringSchedulingIgnoredDuringExecution?: {
          nodeSelectorTerms?: { matchFields?: { key?: string; values?: string[] }[] }[];
        };
      };
    };
  };
  status?: { phase?: string; podIP?: string; conditions?: { type: string; status: string }[] };
}

/** What a node on paper does about a pod: nothing, bind it, set its status, or take it away. */
export type PodPlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'bind' }
  | { readonly do: 'remove' }
  | { readonly do: 'status'; readonly status: Record<string, unknown> };

/** The annotation by which a test says what becomes of a pod: `Running`, `Succeeded`, `Failed` or `Pending`. */
export const PHASE_ANNOTATION = 'hakobune.dev/fake-phase';

/** Decides what happens to a pod. Pure. `podIp` is what it would get; `now` is RFC 3339. */
export function planPod(pod: Shared<Pod>, isOurs: boolean, podIp: string, now: string): PodPlan {
  const { spec, status, metadata } = pod;
  if ((spec?.nodeName ?? '') === '') return maySchedule(pod) ? { do: 'bind' } : { do: 'nothing' };
  if (!isOurs) return { do: 'nothing' };
  if (metadata.deletionTimestamp !== undefined) return { do: 'remove' };
  const phase = wantedPhase(pod);
  if (status?.phase === phase || isOver(status?.phase)) return { do: 'nothing' };
  if (phase === 'Pending') return { do: 'nothing' };
  return { do: 'status', status: statusOf(pod, phase, podIp, now) };
}

/** The nodes that a pod's affinity names one by one, as those of DaemonSets do; undefined: any. */
export function pinnedNodes({ spec }: Shared<Pod>): readonly string[] | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields = [] }) => matchFields).filter(({ key }) => key === 'metadata.name');
  return fields.length === 0 ? undefined : fields.flatMap(({ values = [] }) => values);
}

function maySchedule({ spec, metadata }: Shared<Pod>): boolean {
  if (metadata.deletionTimestamp !== undefined || (spec?.schedulingGates?.length ?? 0) > 0) return false;
  return (spec?.schedulerName ?? 'default-scheduler') === 'default-scheduler';
}

function isOver(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Pods of jobs are done at once; all others run on. */
function wantedPhase({ metadata, spec }: Shared<Pod>): string {
  const said = metadata.annotations?.[PHASE_ANNOTATION];
  if (said !== undefined) return said;
  const ofJob =
    metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Job' && controller === true) === true;
  return ofJob && spec?.restartPolicy !== 'Always' ? 'Succeeded' : 'Running';
}

function statusOf({ spec }: Shared<Pod>, phase: string, podIp: string, now: string): Record<string, unknown> {
  const ready = phase === 'Running';
  const condition = (type: string, value: boolean) => ({
    type,
    status: value ? 'True' : 'False',
    lastTransitionTime: now,
    ...(value || phase !== 'Succeeded' ? {} : { reason: 'PodCompleted' }),
  });
  return {
    phase,
    startTime: now,
    hostIP: '192.0.2.1',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    conditions: [
      condition('PodReadyToStartContainers', ready),
      condition('Initialized', true),
      condition('Ready', ready),
      condition('ContainersReady', ready),
      condition('PodScheduled', true),
    ],
    initContainerStatuses: (spec?.initContainers ?? []).map((container) =>
      containerStatus(container, 'Succeeded', true, now),
    ),
    containerStatuses: (spec?.containers ?? []).map((container) => containerStatus(container, phase, ready, now)),
  };
}

function containerStatus(
  { name, image = '' }: { readonly name: string; readonly image?: string },
  phase: string,
  ready: boolean,
  now: string,
) {
  const exitCode = phase === 'Failed' ? 1 : 0;
  const reason = phase === 'Failed' ? 'Error' : 'Completed';
  const state =
    phase === 'Running'
      ? { running: { startedAt: now } }
      : { terminated: { exitCode, reason, startedAt: now, finishedAt: now } };
  return {
    name,
    image,
    imageID: '',
    containerID: `fake://${name}`,
    ready,
    started: ready,
    restartCount: 0,
    lastState: {},
    state,
  };
}
