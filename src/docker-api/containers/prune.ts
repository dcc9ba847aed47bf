import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';
import { untilFilterMs } from '../server/until-filter.ts';

const STOPPED = new Set(['created', 'exited', 'dead']);

/** `POST /containers/prune?filters`: removes stopped containers. */
export async function pruneContainers(exchange: Exchange, { engine }: Api): Promise<void> {
  const filters = Filters.parse(exchange.query.text('filters'), ['label', 'label!', 'until']);
  const untilMs = untilFilterMs(filters);
  const { removed, reclaimedBytes } = await engine.containers.prune(
    ({ state, createdAtMs, config }) =>
      STOPPED.has(state.status) && createdAtMs < untilMs && filters.labels(config.Labels ?? {}),
  );
  engine.events.publish('container', 'prune', '', { reclaimed: String(reclaimedBytes) });
  exchange.json(200, { ContainersDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimedBytes });
}
