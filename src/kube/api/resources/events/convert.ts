import type { KubeObject } from '../../object.ts';

/** Fields that have other names in the two shapes of an event: events.k8s.io/v1's, and core/v1's. */
const NAMES: readonly (readonly [view: string, core: string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];
const TO_CORE = new Map(NAMES);
const TO_VIEW = new Map(NAMES.map(([view, core]) => [core, view]));

/** `events.k8s.io/v1` to `v1`: how events are stored. The object given stays as it is. */
export function eventToCore(event: KubeObject): KubeObject {
  return renamed(event, 'v1', TO_CORE);
}

/** `v1` to `events.k8s.io/v1`. The object given stays as it is. */
export function eventFromCore(event: KubeObject): KubeObject {
  return renamed(event, 'events.k8s.io/v1', TO_VIEW);
}

function renamed(event: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject {
  if (event.apiVersion === apiVersion) return event;
  const made: KubeObject = { kind: event.kind, apiVersion, metadata: event.metadata };
  for (const field of Object.keys(event)) {
    if (field !== 'apiVersion' && field !== 'kind' && field !== 'metadata')
      made[names.get(field) ?? field] = event[field];
  }
  return made;
}
