import { isHakoError } from '#base';
import type { Engine, Volume } from '#engine';
import { presentVolume } from '../present/volume.ts';
import { createVolumeRequest } from '../schema/volume-requests.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';

/** `GET /volumes?filters`. */
export function listVolumes(exchange: Exchange, { engine }: Api): void {
  const filters = Filters.parse(exchange.query.text('filters'), ['dangling', 'driver', 'label', 'label!', 'name']);
  const dangling = filters.bool('dangling');
  const found = engine.volumes
    .list()
    .filter(
      (volume) =>
        filters.equals('driver', volume.driver) &&
        filters.matches('name', volume.name) &&
        filters.labels(volume.labels) &&
        (dangling === undefined || dangling === (engine.volumes.usedBy(volume.name).length === 0)),
    );
  exchange.json(200, { Volumes: found.map(presentVolume), Warnings: null });
}

/** `POST /volumes/create`. */
export async function createVolume(exchange: Exchange, { engine }: Api): Promise<void> {
  const body = await exchange.body(createVolumeRequest);
  const volume = await engine.volumes.create({
    ...(body.Name ? { name: body.Name } : {}),
    ...(body.Driver ? { driver: body.Driver } : {}),
    labels: body.Labels ?? {},
    options: body.DriverOpts ?? {},
  });
  exchange.json(201, presentVolume(volume));
}

/** `GET /volumes/{name}`. */
export function inspectVolume(exchange: Exchange, { engine }: Api): void {
  exchange.json(200, presentVolume(engine.volumes.get(exchange.param('name'))));
}

/** `DELETE /volumes/{name}?force`: with force a volume that is not there is no error. */
export async function removeVolume(exchange: Exchange, { engine }: Api): Promise<void> {
  const force = exchange.query.bool('force');
  try {
    await engine.volumes.remove(exchange.param('name'), { force });
  } catch (error) {
    if (!force || !isHakoError(error, 'not_found')) throw error;
  }
  exchange.empty(204);
}

/** `POST /volumes/prune?filters`: unused anonymous volumes, or with `all` every unused one. Before 1.42: every one. */
export async function pruneVolumes(exchange: Exchange, { engine }: Api): Promise<void> {
  const filters = Filters.parse(exchange.query.text('filters'), ['all', 'label', 'label!']);
  const all = filters.bool('all') ?? exchange.minor < 42;
  const removed: string[] = [];
  let reclaimedBytes = 0;
  for (const volume of engine.volumes.list()) {
    if (!(all || volume.anonymous) || !filters.labels(volume.labels)) continue;
    const bytes = await removeUnused(engine, volume);
    if (bytes === undefined) continue;
    removed.push(volume.name);
    reclaimedBytes += bytes;
  }
  engine.events.publish('volume', 'prune', '', { reclaimed: String(reclaimedBytes) });
  exchange.json(200, { VolumesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimedBytes });
}

/** The bytes won back; undefined when a container uses the volume, maybe since a moment. */
async function removeUnused(engine: Engine, volume: Volume): Promise<number | undefined> {
  if (engine.volumes.usedBy(volume.name).length > 0) return undefined;
  try {
    const bytes = await engine.volumes.usageBytes(volume.name);
    await engine.volumes.remove(volume.name);
    return bytes;
  } catch (error) {
    if (isHakoError(error, 'conflict') || isHakoError(error, 'not_found')) return undefined;
    throw error;
  }
}
