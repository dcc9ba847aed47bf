import { HakoError } from '#base';
import type { Engine } from '#engine';
import { presentSummary } from '../present/container-summary.ts';
import { presentImageSummary } from '../present/image.ts';
import { presentVolume } from '../present/volume.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

const TYPES = ['container', 'image', 'volume', 'build-cache'];

/** `GET /system/df?type`: what takes how much of the disk. */
export async function diskUsage(exchange: Exchange, { engine }: Api): Promise<void> {
  const types = exchange.query.all('type');
  const unknown = types.find((type) => !TYPES.includes(type));
  if (unknown !== undefined) throw new HakoError('invalid', `unknown object type: ${unknown}: use ${TYPES.join(', ')}`);
  const wants = (type: string) => types.length === 0 || types.includes(type);
  exchange.json(200, {
    ...(wants('image') ? await imageUsage(engine, exchange.minor) : { LayersSize: 0, Images: [] }),
    Containers: wants('container') ? await containerUsage(engine) : [],
    Volumes: wants('volume') ? await volumeUsage(engine) : [],
    BuildCache: [],
    ...(exchange.minor < 42 ? { BuilderSize: 0 } : {}),
  });
}

async function imageUsage(engine: Engine, minor: number) {
  const { layersBytes, perImage } = await engine.images.diskUsage();
  const users = Map.groupBy(engine.containers.list(), ({ imageId }) => imageId);
  const images = engine.images.list().map((image) =>
    presentImageSummary(image, minor, {
      sharedBytes: perImage.get(image.id)?.sharedBytes ?? 0,
      containers: users.get(image.id)?.length ?? 0,
    }),
  );
  return { LayersSize: layersBytes, Images: images };
}

async function containerUsage(engine: Engine) {
  const nowMs = Date.now();
  const rows = engine.containers.list().map(async (container) => {
    const { writableBytes, rootfsBytes } = await engine.containers.size(container.id);
    const summary = presentSummary(container, engine, () => container.imageId, nowMs);
    return { ...summary, SizeRw: writableBytes, SizeRootFs: rootfsBytes };
  });
  return Promise.all(rows);
}

async function volumeUsage(engine: Engine) {
  const rows = engine.volumes.list().map(async (volume) => ({
    ...presentVolume(volume),
    UsageData: {
      RefCount: engine.volumes.usedBy(volume.name).length,
      Size: await engine.volumes.usageBytes(volume.name),
    },
  }));
  return Promise.all(rows);
}
