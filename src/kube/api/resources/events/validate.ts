import type { KubeObject } from '../../object.ts';
import { type FieldErrors, Path, qualifiedNameErrors, semanticEqual } from '../../values/mod.ts';

/** An event as it is stored, in the core group's shape. */
interface CoreEvent extends KubeObject {
  eventTime?: string | null;
  type?: string;
  reportingComponent?: string;
  reportingInstance?: string;
  action?: string;
  reason?: string;
  message?: string;
  series?: { count?: number; lastObservedTime?: string };
}

const MAX_TEXT = 128;
const MAX_NOTE = 1024;
/** Fields that stay; each under its name of events.k8s.io/v1, as messages have it. */
const FIXED: readonly (readonly [core: string, shown: string])[] = [
  ['involvedObject', 'regarding'],
  ['reason', 'reason'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['type', 'type'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
];

/** Complaints about an event that came as events.k8s.io/v1, which demands more than core/v1 does. */
export function validateEvent(event: KubeObject, errors: FieldErrors): void {
  const { eventTime, type = '', message = '', reportingComponent = '' } = event as CoreEvent;
  const controller = new Path('reportingController');
  if ((eventTime ?? '') === '') errors.required(new Path('eventTime'));
  if (reportingComponent === '') errors.required(controller);
  else errors.invalidEach(controller, reportingComponent, qualifiedNameErrors(reportingComponent));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const text = (event as CoreEvent)[field] ?? '';
    if (text === '') errors.required(new Path(field));
    if (text.length > MAX_TEXT) errors.invalid(new Path(field), text, `can have at most ${MAX_TEXT} characters`);
  }
  if (type !== 'Normal' && type !== 'Warning') errors.invalid(new Path('type'), type, `has invalid value: ${type}`);
  if (message.length > MAX_NOTE) errors.invalid(new Path('note'), message, `can have at most ${MAX_NOTE} characters`);
  validateSeries(event as CoreEvent, errors);
}

function validateSeries({ series }: CoreEvent, errors: FieldErrors): void {
  if (series === undefined) return;
  const path = new Path('series');
  if ((series.count ?? 0) < 2) errors.invalid(path.child('count'), series.count ?? 0, 'should be at least 2');
  if ((series.lastObservedTime ?? '') === '') errors.required(path.child('lastObservedTime'));
}

/** An event stays what it was; its series goes on. */
export function validateEventChange(event: KubeObject, old: KubeObject, errors: FieldErrors): void {
  for (const [field, shown] of FIXED) {
    if (!semanticEqual(event[field], old[field])) errors.invalid(new Path(shown), event[field], 'field is immutable');
  }
}
