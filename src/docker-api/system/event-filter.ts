import type { Engine, EngineEvent, EventType } from '#engine';
import { familiarName, repositoryOf } from '../present/names.ts';
import type { Filters } from '../server/filters.ts';

export const EVENT_FILTERS = [
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'label!',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
];
/** Actions that carry an argument after a colon; the filter names the part before it. */
const WITH_ARGUMENT = ['health_status', 'exec_create', 'exec_start'];
const OBJECTS: readonly EventType[] = ['container', 'daemon', 'network', 'volume'];
const FOREIGN = ['plugin', 'service', 'node', 'secret', 'config'];

/** One predicate from all filters of `events`. */
export function makeEventFilter(filters: Filters): (event: EngineEvent, engine: Engine) => boolean {
  return (event) =>
    filters.equals('type', event.type) &&
    filters.equals('event', event.action, ...actionName(event.action)) &&
    filters.equals('scope', 'local') &&
    filters.labels(event.actor.attributes) &&
    FOREIGN.every((key) => !filters.has(key)) &&
    OBJECTS.every((type) => matchesObject(filters, event, type)) &&
    matchesImage(filters, event);
}

function actionName(action: string): string[] {
  const name = action.split(':')[0] ?? '';
  return WITH_ARGUMENT.includes(name) ? [name] : [];
}

/** By id, id prefix or name. A container filter also lets through what other objects say of that container. */
function matchesObject(filters: Filters, { type, actor }: EngineEvent, wanted: EventType): boolean {
  if (!filters.has(wanted)) return true;
  if (type !== wanted) return false;
  const name = actor.attributes.name ?? '';
  return filters.equals(wanted, actor.id, name, `/${name}`) || filters.startsWith(wanted, actor.id);
}

/** By id or name, with or without tag: events of the image, and of containers made from it. */
function matchesImage(filters: Filters, { type, actor }: EngineEvent): boolean {
  if (!filters.has('image')) return true;
  if (type !== 'image' && type !== 'container') return false;
  const name = familiarName((type === 'image' ? actor.attributes.name : actor.attributes.image) ?? '');
  const ids = type === 'image' ? [actor.id, actor.id.replace('sha256:', '')] : [];
  return filters.equals('image', name, repositoryOf(name), ...ids);
}
