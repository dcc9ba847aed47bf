import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  dnsLabelErrors,
  type FieldErrors,
  humanAge,
  METADATA,
  Path,
  qualifiedNameErrors,
  semanticEqual,
} from '../../values/mod.ts';
import { textColumn } from '../columns.ts';
import { complaints } from '../strategies.ts';
import { v1 } from './version.ts';

interface Event extends KubeObject {
  involvedObject: Record<string, string | undefined>;
  reason?: string;
  message?: string;
  source?: { component?: string; host?: string };
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  count?: number;
  type?: string;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
  action?: string;
  related?: Record<string, string>;
  reportingComponent?: string;
  reportingInstance?: string;
}

const MAX_TEXT = 128;
const MAX_MESSAGE = 1024;
const NAMESPACE = new Path('involvedObject').child('namespace');

/** Events of the new shape carry a time in microseconds, and say who reports. */
function isNewShape(event: Event): boolean {
  return (event.eventTime ?? '') !== '';
}

function validate(event: Event, errors: FieldErrors): void {
  validateNamespace(event, errors);
  if (isNewShape(event)) validateReporter(event, errors);
}

function validateNamespace(event: Event, errors: FieldErrors): void {
  const own = event.metadata.namespace ?? '';
  const involved = event.involvedObject?.namespace ?? '';
  const agrees = involved === '' ? own === '' || own === 'default' : own === involved;
  if (!agrees) errors.invalid(NAMESPACE, involved, 'does not match event.namespace');
  if (own !== '' && dnsLabelErrors(own).length > 0)
    errors.invalidEach(METADATA.child('namespace'), own, dnsLabelErrors(own));
}

function validateReporter(event: Event, errors: FieldErrors): void {
  const component = new Path('reportingComponent');
  const { reportingComponent = '', message = '' } = event;
  if (reportingComponent === '') errors.required(component);
  errors.invalidEach(component, reportingComponent, qualifiedNameErrors(reportingComponent));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const text = event[field] ?? '';
    if (text === '') errors.required(new Path(field));
    if (text.length > MAX_TEXT) errors.invalid(new Path(field), text, `can have at most ${MAX_TEXT} characters`);
  }
  if (message.length > MAX_MESSAGE)
    errors.invalid(new Path('message'), message, `can have at most ${MAX_MESSAGE} characters`);
}

/** What an event of the new shape says stays; only its series goes on. */
function validateUpdate(event: Event, old: Event, errors: FieldErrors): void {
  validate(event, errors);
  if (!isNewShape(old)) return;
  const fixed = ['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'type'];
  for (const field of [...fixed, 'eventTime', 'action', 'related', 'reportingComponent', 'reportingInstance']) {
    if (!semanticEqual(event[field], old[field])) errors.invalid(new Path(field), event[field], 'field is immutable');
  }
}

function asEvent(object: KubeObject): Event {
  return object as Event;
}

function firstSeen(object: KubeObject, nowMs: number): string {
  const { firstTimestamp, eventTime } = asEvent(object);
  return humanAge((firstTimestamp ?? '') === '' ? eventTime : firstTimestamp, nowMs);
}

function lastSeen(object: KubeObject, nowMs: number): string {
  const { lastTimestamp, series } = asEvent(object);
  if (series !== undefined) return humanAge(series.lastObservedTime, nowMs);
  return (lastTimestamp ?? '') === '' ? firstSeen(object, nowMs) : humanAge(lastTimestamp, nowMs);
}

function involved(object: KubeObject): string {
  const { kind = '', name = '' } = asEvent(object).involvedObject ?? {};
  return name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}

function reporter(object: KubeObject): string {
  const { source = {}, reportingComponent = '', reportingInstance = '' } = asEvent(object);
  const component = (source.component ?? '') === '' ? reportingComponent : (source.component ?? '');
  const host = (source.host ?? '') === '' ? reportingInstance : (source.host ?? '');
  return host === '' ? component : `${component}, ${host}`;
}

function timesSeen(object: KubeObject): number {
  const { count = 0, series } = asEvent(object);
  if (series !== undefined) return series.count ?? 0;
  return count === 0 ? 1 : count;
}

const INVOLVED_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

function selectableFields(): Record<string, (object: KubeObject) => string> {
  const ofInvolved = INVOLVED_FIELDS.map((field): [string, (object: KubeObject) => string] => [
    `involvedObject.${field}`,
    (object) => asEvent(object).involvedObject?.[field] ?? '',
  ]);
  return {
    ...Object.fromEntries(ofInvolved),
    reason: (object) => asEvent(object).reason ?? '',
    reportingComponent: (object) => asEvent(object).reportingComponent ?? '',
    source: (object) => asEvent(object).source?.component || asEvent(object).reportingComponent || '',
    type: (object) => asEvent(object).type ?? '',
  };
}

/** What happened to objects, for people to read. `Name` stands last among the columns, not first. */
export const events: ResourceDefinition = {
  group: '',
  plural: 'events',
  singular: 'event',
  kind: 'Event',
  shortNames: ['ev'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('Event', {
    columns: [
      textColumn('Last Seen', 'When it was last seen.', lastSeen),
      textColumn('Type', 'Normal or Warning.', (object) => asEvent(object).type ?? ''),
      textColumn('Reason', 'Why it happened, in one word for machines.', (object) => asEvent(object).reason ?? ''),
      textColumn('Object', 'What it happened to.', involved),
      textColumn('Subobject', 'Which part of it.', (object) => asEvent(object).involvedObject?.fieldPath ?? '', 1),
      textColumn('Source', 'Who reports it.', reporter, 1),
      textColumn('Message', 'What happened, for people.', (object) => (asEvent(object).message ?? '').trim()),
      textColumn('First Seen', 'When it was first seen.', firstSeen, 1),
      textColumn('Count', 'How often it was seen.', timesSeen, 1),
      { ...textColumn('Name', 'Name of the event.', ({ metadata }) => metadata.name ?? '', 1), format: 'name' },
    ],
    selectableFields: selectableFields(),
  }),
  storageVersion: 'v1',
  strategy: {
    hasGeneration: false,
    allowCreateOnUpdate: true,
    validate: (object) => complaints((errors) => validate(asEvent(object), errors)),
    validateUpdate: (object, old) => complaints((errors) => validateUpdate(asEvent(object), asEvent(old), errors)),
  },
};
