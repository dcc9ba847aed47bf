import { isHakoError } from '#base';
import type { Container, Engine } from '#engine';
import { presentSummary } from '../present/container-summary.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';
import { LIST_FILTERS, makeListFilter } from './list-filter.ts';

/** `GET /containers/json?all&limit&size&filters`. */
export async function listContainers(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const filters = Filters.parse(query.text('filters'), LIST_FILTERS);
  const limit = query.integer('limit') ?? -1;
  const showAll =
    query.bool('all') ||
    limit > 0 ||
    filters.has('status') ||
    filters.has('exited') ||
    filters.has('before') ||
    filters.has('since');
  const accepts = makeListFilter(engine, filters);
  const found = engine.containers
    .list()
    .filter((container) => (showAll || isUp(container)) && accepts(container))
    .sort((one, other) => other.createdAtMs - one.createdAtMs);
  const nowMs = Date.now();
  const imageIdOf = memoised((reference) => imageId(engine, reference));
  const summaries = (limit > 0 ? found.slice(0, limit) : found).map((container) =>
    presentSummary(container, engine, imageIdOf, nowMs),
  );
  exchange.json(
    200,
    query.bool('size') ? await Promise.all(summaries.map((each) => withSize(each, engine))) : summaries,
  );
}

function isUp(container: Container): boolean {
  return ['running', 'paused', 'restarting'].includes(container.state.status);
}

function imageId(engine: Engine, reference: string): string | undefined {
  try {
    return engine.images.get(reference).id;
  } catch (error) {
    if (isHakoError(error)) return undefined;
    throw error;
  }
}

function memoised<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

async function withSize<T extends { Id: string }>(summary: T, engine: Engine) {
  const { writableBytes, rootfsBytes } = await engine.containers.size(summary.Id);
  return { ...summary, SizeRw: writableBytes, SizeRootFs: rootfsBytes };
}
