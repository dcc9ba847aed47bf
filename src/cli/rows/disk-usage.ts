/** The answer of GET /system/df, summed up by kind. */
import type { ContainerSummary } from './containers.ts';
import type { ImageSummary } from './images.ts';
import type { VolumeSummary } from './volumes.ts';

export interface BuildCacheEntry {
  ID: string;
  Type?: string;
  CreatedAt?: string;
  LastUsedAt?: string | null;
  UsageCount?: number;
  Size: number;
  InUse: boolean;
  Shared: boolean;
}

export interface DiskUsage {
  LayersSize?: number;
  Images?: ImageSummary[] | null;
  Containers?: ContainerSummary[] | null;
  Volumes?: VolumeSummary[] | null;
  BuildCache?: BuildCacheEntry[] | null;
}

export interface UsageRow {
  type: string;
  total: number;
  active: number;
  bytes: number;
  reclaimableBytes: number;
}

/** Images, containers, volumes, build cache. */
export function usageRows(usage: DiskUsage): UsageRow[] {
  return [
    imageUsage(usage),
    containerUsage(usage.Containers ?? []),
    volumeUsage(usage.Volumes ?? []),
    cacheUsage(usage.BuildCache ?? []),
  ];
}

/** Layers that images share count once: what is reclaimable is all layers without those of images in use. */
function imageUsage({ Images, LayersSize = 0 }: DiskUsage): UsageRow {
  const images = Images ?? [];
  const used = images.filter(({ Containers = 0 }) => Containers > 0);
  const usedBytes = sum(used.map(({ Size, SharedSize = 0 }) => Size - Math.max(SharedSize, 0)));
  return {
    type: 'Images',
    total: images.length,
    active: used.length,
    bytes: LayersSize,
    reclaimableBytes: Math.max(LayersSize - usedBytes, 0),
  };
}

function containerUsage(containers: readonly ContainerSummary[]): UsageRow {
  const active = containers.filter(({ State }) => ['running', 'paused', 'restarting'].includes(State));
  const bytes = sum(containers.map(({ SizeRw = 0 }) => SizeRw));
  const usedBytes = sum(active.map(({ SizeRw = 0 }) => SizeRw));
  return {
    type: 'Containers',
    total: containers.length,
    active: active.length,
    bytes,
    reclaimableBytes: bytes - usedBytes,
  };
}

function volumeUsage(volumes: readonly VolumeSummary[]): UsageRow {
  const size = ({ UsageData }: VolumeSummary) => Math.max(UsageData?.Size ?? 0, 0);
  const unused = volumes.filter(({ UsageData }) => (UsageData?.RefCount ?? 0) <= 0);
  return {
    type: 'Local Volumes',
    total: volumes.length,
    active: volumes.length - unused.length,
    bytes: sum(volumes.map(size)),
    reclaimableBytes: sum(unused.map(size)),
  };
}

function cacheUsage(entries: readonly BuildCacheEntry[]): UsageRow {
  const own = entries.filter(({ Shared }) => !Shared);
  const active = entries.filter(({ InUse }) => InUse).length;
  const free = sum(own.filter(({ InUse }) => !InUse).map(({ Size }) => Size));
  return {
    type: 'Build Cache',
    total: entries.length,
    active,
    bytes: sum(own.map(({ Size }) => Size)),
    reclaimableBytes: free,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
