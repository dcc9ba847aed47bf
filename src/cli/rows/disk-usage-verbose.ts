/** `hako system df -v`: every object, as tables or for --format. */
import { type Columns, renderList, renderValue, rowOf } from '../format/list.ts';
import { ago, humanSize, shortId } from '../format/units.ts';
import { print } from '../output.ts';
import { containerColumns } from './containers.ts';
import type { BuildCacheEntry, DiskUsage } from './disk-usage.ts';
import { type ImageRow, imageColumns, imageRows } from './images.ts';
import { volumeColumns } from './volumes.ts';

const IMAGES =
  'table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}';
const CONTAINERS =
  'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}';
const VOLUMES = 'table {{.Name}}\t{{.Links}}\t{{.Size}}';
const BUILD_CACHE =
  'table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}';

/** Prints all: tables, or one value with Images, Containers, Volumes and BuildCache for a template or `json`. */
export function printVerbose(usage: DiskUsage, format: string): undefined {
  const kinds = kindsOf(usage, format === '' || format === 'table');
  if (format !== '' && format !== 'table') print(renderValue(rowsOf(kinds), format));
  else print(tablesOf(kinds));
  return undefined;
}

/** Objects of each kind with what can be shown of them; in tables ids are shortened. */
function kindsOf({ Images, Containers, Volumes, BuildCache }: DiskUsage, isTable: boolean) {
  return {
    images: { items: firstNames(imageRows(Images ?? [], false)), columns: imageColumns(!isTable) },
    // What a container has for itself; its image is counted above.
    containers: {
      items: (Containers ?? []).map((container) => ({ ...container, SizeRootFs: 0 })),
      columns: containerColumns(!isTable),
    },
    volumes: { items: Volumes ?? [], columns: volumeColumns },
    cache: { items: BuildCache ?? [], columns: CACHE_COLUMNS },
  };
}

type Kinds = ReturnType<typeof kindsOf>;

/** An image is counted once, whatever names it has. */
function firstNames(rows: readonly ImageRow[]): ImageRow[] {
  const seen = new Set<string>();
  return rows.filter(({ image }) => !seen.has(image.Id) && seen.add(image.Id));
}

const CACHE_COLUMNS: Columns<BuildCacheEntry> = {
  ID: { heading: 'CACHE ID', value: ({ ID }) => shortId(ID) },
  CacheType: { heading: 'CACHE TYPE', value: ({ Type = '' }) => Type },
  Size: { heading: 'SIZE', value: ({ Size }) => humanSize(Size, 3) },
  CreatedSince: { heading: 'CREATED', value: ({ CreatedAt = '' }) => ago(Date.parse(CreatedAt) / 1000) },
  LastUsedSince: { heading: 'LAST USED', value: ({ LastUsedAt }) => ago(Date.parse(LastUsedAt ?? '') / 1000) },
  UsageCount: { heading: 'USAGE', value: ({ UsageCount = 0 }) => String(UsageCount) },
  Shared: { heading: 'SHARED', value: ({ Shared }) => String(Shared) },
};

function rowsOf({ images, containers, volumes, cache }: Kinds) {
  return {
    Images: images.items.map((item) => rowOf(item, images.columns)),
    Containers: containers.items.map((item) => rowOf(item, containers.columns)),
    Volumes: volumes.items.map((item) => rowOf(item, volumes.columns)),
    BuildCache: cache.items.map((item) => rowOf(item, cache.columns)),
  };
}

function tablesOf({ images, containers, volumes, cache }: Kinds): string {
  const cacheBytes = cache.items.reduce((sum, { Size, Shared }) => sum + (Shared ? 0 : Size), 0);
  const part = (title: string, table: string) => `${title}:\n\n${table}`;
  return [
    part('Images space usage', renderList(images.items, { format: '', table: IMAGES, columns: images.columns })),
    part(
      'Containers space usage',
      renderList(containers.items, { format: '', table: CONTAINERS, columns: containers.columns }),
    ),
    part(
      'Local Volumes space usage',
      renderList(volumes.items, { format: '', table: VOLUMES, columns: volumes.columns }),
    ),
    `Build cache usage: ${humanSize(cacheBytes)}\n\n${renderList(cache.items, { format: '', table: BUILD_CACHE, columns: cache.columns })}`,
  ].join('\n');
}
