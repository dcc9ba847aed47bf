import type { Digest } from '#base';
import type { Engine } from '#engine';
import type { Image, RemovedImage } from '#images';
import { familiarName } from '../present/names.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';
import { untilFilterMs } from '../server/until-filter.ts';
import { announceImage } from './announce.ts';
import { platformsQuery } from './platform.ts';

/** `DELETE /images/{name}?force&noprune&platforms`. */
export async function removeImage(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const name = exchange.param('name');
  const platforms = platformsQuery(exchange);
  // Events have the labels of images that are gone by then.
  const chosen = platforms.length === 0 ? [{}] : platforms.map((platform) => ({ platform }));
  const images = new Map(chosen.map((each) => engine.images.get(name, each)).map((image) => [image.id, image]));
  const removed = await engine.images.remove(name, {
    force: query.bool('force'),
    prune: !query.bool('noprune'),
    platforms,
  });
  announceRemoved(engine, images, removed);
  exchange.json(200, removed.map(presentRemoved));
}

/** `POST /images/prune?filters`: `dangling=false` means every unused image, not only those without a name. */
export async function pruneImages(exchange: Exchange, { engine }: Api): Promise<void> {
  const filters = Filters.parse(exchange.query.text('filters'), ['dangling', 'label', 'label!', 'until']);
  const untilMs = untilFilterMs(filters);
  const images = new Map(engine.images.list().map((image) => [image.id, image]));
  const { removed, reclaimedBytes } = await engine.images.prune({
    all: filters.bool('dangling') === false,
    filter: (image) => image.createdAtMs < untilMs && filters.labels(image.config.config?.Labels ?? {}),
  });
  announceRemoved(engine, images, removed);
  engine.events.publish('image', 'prune', '', { reclaimed: String(reclaimedBytes) });
  exchange.json(200, {
    ImagesDeleted: removed.length > 0 ? removed.map(presentRemoved) : null,
    SpaceReclaimed: reclaimedBytes,
  });
}

function announceRemoved(engine: Engine, images: ReadonlyMap<Digest, Image>, removed: readonly RemovedImage[]): void {
  for (const { untagged, id, deleted } of removed) {
    const image = id === undefined ? undefined : images.get(id);
    if (untagged !== undefined && image !== undefined) announceImage(engine, 'untag', image, untagged);
    if (deleted !== undefined) engine.events.publish('image', 'delete', deleted, { name: deleted });
  }
}

/** Layers are deleted things as well; only images have events. */
function presentRemoved({ untagged, deleted, layer }: RemovedImage) {
  return untagged === undefined ? { Deleted: deleted ?? layer } : { Untagged: familiarName(untagged) };
}
