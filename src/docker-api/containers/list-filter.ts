import { HakoError, isHakoError } from '#base';
import type { Container, Engine } from '#engine';
import { familiarName } from '../present/names.ts';
import { expandPorts } from '../present/ports.ts';
import { healthStatus } from '../present/state.ts';
import type { Filters } from '../server/filters.ts';

export const LIST_FILTERS = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'label!',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
] as const;

const STATUSES = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];
const HEALTHS = ['starting', 'healthy', 'unhealthy', 'none'];

type Test = (container: Container) => boolean;

/** One predicate from all filters of `ps`; throws `invalid` for values that docker refuses. */
export function makeListFilter(engine: Engine, filters: Filters): Test {
  requireWords(filters, 'status', STATUSES);
  requireWords(filters, 'health', HEALTHS);
  const tests: Test[] = [
    ({ id }) => filters.startsWith('id', id),
    ({ name }) => filters.matches('name', name, `/${name}`),
    ({ config }) => filters.labels(config.Labels ?? {}),
    (container) => filters.equals('status', container.state.status),
    (container) => filters.equals('health', healthStatus(container)),
    exitedTest(filters),
    volumeTest(filters),
    () => filters.bool('is-task') !== true,
    () => filters.equals('isolation', 'default', ''),
  ];
  if (filters.has('ancestor')) tests.push(ancestorTest(engine, filters));
  if (filters.has('network')) tests.push(networkTest(engine, filters));
  if (filters.has('publish')) tests.push(publishTest(engine, filters));
  if (filters.has('expose')) tests.push(exposeTest(filters));
  tests.push(...orderTests(engine, filters));
  return (container) => tests.every((test) => test(container));
}

function requireWords(filters: Filters, key: string, words: readonly string[]): void {
  const unknown = filters.values(key).find((value) => !words.includes(value));
  if (unknown !== undefined)
    throw new HakoError('invalid', `invalid filter '${key}=${unknown}': use one of ${words.join(', ')}`);
}

function exitedTest(filters: Filters): Test {
  const codes = filters.values('exited').map((value) => {
    if (!/^-?\d+$/.test(value)) throw new HakoError('invalid', `invalid filter 'exited=${value}': give an exit code`);
    return Number(value);
  });
  return ({ state }) =>
    codes.length === 0 || (state.startedAtMs > 0 && state.pid === 0 && codes.includes(state.exitCode));
}

function volumeTest(filters: Filters): Test {
  return ({ mounts }) => {
    if (!filters.has('volume')) return true;
    return mounts.some((mount) => filters.equals('volume', mount.name, mount.source, mount.destination));
  };
}

/** Containers of an image, or of one that was made from it: the image's layers are where the other's begin. */
function ancestorTest(engine: Engine, filters: Filters): Test {
  const names = new Set(filters.values('ancestor'));
  const bases = filters.values('ancestor').flatMap((reference) => imageOrNone(engine, reference));
  const baseIds = new Set<string>(bases.map((image) => image.id));
  const layers = bases.map((image) => image.config.rootfs.diff_ids.join());
  return ({ imageId, imageName }) => {
    if (baseIds.has(imageId) || names.has(imageName) || names.has(familiarName(imageName))) return true;
    const own = imageOrNone(engine, imageId)[0]?.config.rootfs.diff_ids.join() ?? '';
    return layers.some((base) => base !== '' && own.startsWith(base));
  };
}

function imageOrNone(engine: Engine, reference: string) {
  try {
    return [engine.images.get(reference)];
  } catch (error) {
    if (isHakoError(error)) return [];
    throw error;
  }
}

function networkTest(engine: Engine, filters: Filters): Test {
  return (container) => {
    const asked = Object.keys(container.networking.EndpointsConfig ?? {});
    const ids = engine.containers.endpoints(container.id).flatMap((each) => [each.networkId, each.networkName]);
    const mode = container.hostConfig.NetworkMode ?? '';
    return filters.equals('network', mode, ...asked, ...ids) || filters.startsWith('network', ...ids.filter(isLongId));
  };
}

function isLongId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function wantedPorts(filters: Filters, key: string): Set<string> {
  return new Set(
    filters.values(key).flatMap((value) => {
      const ports = expandPorts(value);
      if (ports.length === 0)
        throw new HakoError('invalid', `invalid filter '${key}=${value}': give PORT[-PORT][/PROTOCOL]`);
      return ports;
    }),
  );
}

function publishTest(engine: Engine, filters: Filters): Test {
  const wanted = wantedPorts(filters, 'publish');
  return ({ id }) =>
    engine.containers
      .ports(id)
      .some(
        (port) =>
          wanted.has(`${port.hostPort}/${port.protocol}`) || wanted.has(`${port.containerPort}/${port.protocol}`),
      );
}

function exposeTest(filters: Filters): Test {
  const wanted = wantedPorts(filters, 'expose');
  return ({ config }) =>
    Object.keys(config.ExposedPorts ?? {})
      .flatMap(expandPorts)
      .some((port) => wanted.has(port));
}

/** `before` and `since` name containers; throws `not_found` when there is none. */
function orderTests(engine: Engine, filters: Filters): Test[] {
  const momentsOf = (key: string) =>
    filters.values(key).map((reference) => engine.containers.get(reference).createdAtMs);
  const before = momentsOf('before');
  const since = momentsOf('since');
  return [
    ({ createdAtMs }) => before.every((moment) => createdAtMs < moment),
    ({ createdAtMs }) => since.every((moment) => createdAtMs > moment),
  ];
}
