import type { KubeObject } from '../../../object.ts';
import type { Column, RowCondition } from '../../../resource.ts';
import { AGE_COLUMN, textColumn } from '../../columns.ts';
import { type PodSummary, summarize } from './summary.ts';
import type { Pod } from './types.ts';

/** Three columns come from one summary, asked for one after the other. */
let last: { readonly object: KubeObject; readonly nowMs: number; readonly summary: PodSummary } | undefined;

function summaryOf(object: KubeObject, nowMs: number): PodSummary {
  if (last?.object !== object || last.nowMs !== nowMs)
    last = { object, nowMs, summary: summarize(object as Pod, nowMs) };
  return last.summary;
}

function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text;
}

function podIp(object: KubeObject): string | undefined {
  const { podIPs, podIP } = (object as Pod).status ?? {};
  return podIPs?.[0]?.ip ?? podIP;
}

function readinessGates(object: KubeObject): string {
  const { spec, status } = object as Pod;
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some((condition) => condition.type === conditionType && condition.status === 'True'),
  );
  return `${open.length}/${gates.length}`;
}

/** What `kubectl get pods` prints. */
export const podColumns: readonly Column[] = [
  textColumn('Ready', 'Containers that are ready, of all there are.', (o, nowMs) => summaryOf(o, nowMs).ready),
  textColumn('Status', 'Where the pod stands in its life.', (o, nowMs) => summaryOf(o, nowMs).status),
  textColumn(
    'Restarts',
    'How often its containers were restarted, and when last.',
    (o, nowMs) => summaryOf(o, nowMs).restarts,
  ),
  AGE_COLUMN,
  textColumn('IP', 'The address of the pod.', (object) => orNone(podIp(object)), 1),
  textColumn('Node', 'The node it runs on.', (object) => orNone((object as Pod).spec?.nodeName), 1),
  textColumn(
    'Nominated Node',
    'The node where room is being made for it.',
    (object) => orNone((object as Pod).status?.nominatedNodeName),
    1,
  ),
  textColumn('Readiness Gates', 'Conditions of its own that hold, of all it has.', readinessGates, 1),
];

const COMPLETED = { type: 'Completed', status: 'True' } as const;
const SUCCEEDED: readonly RowCondition[] = [
  { ...COMPLETED, reason: 'Succeeded', message: 'The pod has completed successfully.' },
];
const FAILED: readonly RowCondition[] = [{ ...COMPLETED, reason: 'Failed', message: 'The pod failed.' }];

/** Says of the rows of pods that are through that they are. */
export function podRowConditions(object: KubeObject): readonly RowCondition[] | undefined {
  const { phase } = (object as Pod).status ?? {};
  if (phase === 'Succeeded') return SUCCEEDED;
  return phase === 'Failed' ? FAILED : undefined;
}

/** What a field selector may ask of pods. */
export const podSelectableFields: Readonly<Record<string, (object: KubeObject) => string>> = {
  'spec.nodeName': (object) => (object as Pod).spec?.nodeName ?? '',
  'spec.restartPolicy': (object) => (object as Pod).spec?.restartPolicy ?? '',
  'spec.schedulerName': (object) => (object as Pod).spec?.schedulerName ?? '',
  'spec.serviceAccountName': (object) => (object as Pod).spec?.serviceAccountName ?? '',
  'spec.hostNetwork': (object) => String((object as Pod).spec?.hostNetwork ?? false),
  'status.phase': (object) => (object as Pod).status?.phase ?? '',
  'status.podIP': (object) => podIp(object) ?? '',
  'status.podIPs': (object) => ((object as Pod).status?.podIPs ?? []).map(({ ip = '' }) => ip).join(','),
  'status.nominatedNodeName': (object) => (object as Pod).status?.nominatedNodeName ?? '',
};
