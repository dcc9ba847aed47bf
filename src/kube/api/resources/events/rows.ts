import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { events as coreEvents } from '../core/events.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { eventFromCore, eventToCore } from './convert.ts';
import { validateEvent, validateEventChange } from './validate.ts';

const GROUP = 'events.k8s.io';

const coreColumns = coreEvents.versions[0]?.columns ?? [];
const coreSelectable = coreEvents.versions[0]?.selectableFields ?? {};

/** Core's fields, each under its name of this group: `regarding.name` for `involvedObject.name`. */
function selectableFields(): NonNullable<ResourceDefinition['versions'][number]['selectableFields']> {
  return Object.fromEntries(
    Object.entries(coreSelectable).map(([field, textOf]) => [
      field.replace(/^involvedObject\./, 'regarding.').replace(/^reportingComponent$/, 'reportingController'),
      (object) => textOf(eventToCore(object)),
    ]),
  );
}

/**
 * The same objects as core's events, in another shape: they are stored in core's, under core's keys. Strategies see what
 * is stored; columns and selectable fields see what is asked for.
 */
export const rows: readonly ResourceDefinition[] = [
  {
    group: GROUP,
    plural: 'events',
    singular: 'event',
    kind: 'Event',
    shortNames: ['ev'],
    namespaced: true,
    verbs: ALL_VERBS,
    versions: [
      served(
        { group: GROUP, version: 'v1', kind: 'Event' },
        {
          columns: coreColumns.map((column) => ({
            ...column,
            cell: (object, nowMs) => column.cell(eventToCore(object), nowMs),
          })),
          selectableFields: selectableFields(),
        },
      ),
    ],
    storageVersion: 'v1',
    storageGroup: '',
    convert: (objects) =>
      objects.map((object) => (object.apiVersion === 'v1' ? eventFromCore(object) : eventToCore(object))),
    strategy: kindStrategy(
      { validate: validateEvent, validateChange: validateEventChange },
      { allowCreateOnUpdate: true },
    ),
  },
];
