/** Which images go when the disk is full or they are old. Pure: what is seen comes in, what is to be done comes out. */
import type { Digest } from '#base';

/** When images are removed on their own. As the kubelet's, whose words these are. */
export interface ImageGcSettings {
  /** From this use of the disk on, in per cent, images are removed … */
  highPercent: number;
  /** … until it has come down to this. */
  lowPercent: number;
  /** Images that somebody used within this time are kept. */
  minAgeMs: number;
  /** Images that nobody used for this time go, however much space there is. */
  maxAgeMs?: number;
}

export interface GcImage {
  id: Digest;
  lastUsedAtMs: number;
  createdAtMs: number;
  /** Why it must stay: a container has it, or a pull, push, build or commit is under way with it. */
  neededBy?: 'container' | 'lease';
  /** Layers and blobs that it consists of: keys of `GcObservation.parts`. */
  parts: readonly Digest[];
}

/** A layer or blob. */
export interface GcPart {
  bytes: number;
  /** Something else than an image needs it too. */
  isHeld: boolean;
}

export interface GcObservation {
  disk: { totalBytes: number; usedBytes: number };
  images: readonly GcImage[];
  parts: ReadonlyMap<Digest, GcPart>;
}

export interface GcPlan {
  remove: { id: Digest; reason: 'age' | 'disk'; freesBytes: number }[];
  /** What has to become free to get down to the low mark; 0 where the high mark is not reached. */
  wantedBytes: number;
  /** What the removals free. Less than `wantedBytes`: what is left is in use. */
  freedBytes: number;
}

export function planImageGc(seen: GcObservation, settings: ImageGcSettings, nowMs: number): GcPlan {
  const references = countReferences(seen.images);
  const plan: GcPlan = { remove: [], wantedBytes: wantedBytes(seen.disk, settings), freedBytes: 0 };
  for (const image of oldestFirst(seen.images)) {
    const unusedMs = nowMs - image.lastUsedAtMs;
    if (image.neededBy !== undefined || unusedMs < settings.minAgeMs) continue;
    const isOld = settings.maxAgeMs !== undefined && unusedMs >= settings.maxAgeMs;
    if (!isOld && plan.freedBytes >= plan.wantedBytes) continue;
    const freesBytes = release(image, seen.parts, references);
    plan.remove.push({ id: image.id, reason: isOld ? 'age' : 'disk', freesBytes });
    plan.freedBytes += freesBytes;
  }
  return plan;
}

function wantedBytes({ totalBytes, usedBytes }: GcObservation['disk'], settings: ImageGcSettings): number {
  if (usedBytes * 100 < totalBytes * settings.highPercent) return 0;
  return Math.max(Math.ceil(usedBytes - (totalBytes * settings.lowPercent) / 100), 0);
}

/** Those that nobody used for longest come first; of these the oldest. */
function oldestFirst(images: readonly GcImage[]): GcImage[] {
  return images.toSorted(
    (a, b) => a.lastUsedAtMs - b.lastUsedAtMs || a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1),
  );
}

function countReferences(images: readonly GcImage[]): Map<Digest, number> {
  const counts = new Map<Digest, number>();
  for (const part of images.flatMap(({ parts }) => parts)) counts.set(part, (counts.get(part) ?? 0) + 1);
  return counts;
}

/** Takes an image's references away; answers the bytes of what then has none. */
function release(image: GcImage, parts: GcObservation['parts'], references: Map<Digest, number>): number {
  let bytes = 0;
  for (const key of image.parts) {
    const left = (references.get(key) ?? 1) - 1;
    references.set(key, left);
    const part = parts.get(key);
    if (left === 0 && part !== undefined && !part.isHeld) bytes += part.bytes;
  }
  return bytes;
}
