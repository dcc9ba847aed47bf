import { isHakoError } from '#base';
import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';

/** Bytes of the writable layer, and of the whole root file system. */
export async function containerSize(
  context: EngineContext,
  entry: Entry,
): Promise<{ writableBytes: number; rootfsBytes: number }> {
  const writableBytes = await context.images.snapshots.usageBytes(entry.record.id);
  return { writableBytes, rootfsBytes: writableBytes + imageBytes(context, entry.record.imageId) };
}

function imageBytes(context: EngineContext, imageId: string): number {
  try {
    return context.images.get(imageId).sizeBytes;
  } catch (error) {
    if (isHakoError(error, 'not_found')) return 0;
    throw error;
  }
}
