import { existsSync, rmSync } from 'node:fs';
import { type Digest, failpoint, HakoError, isHakoError, KeyedLock } from '#base';
import { callWorker, OWN_COMPRESSOR, type UnpackLimits } from '#system/rootfs';
import type { ContentStore, Lease, Pins } from '../content/mod.ts';
import type { Layer, LayerTable } from '../layout/layers.ts';
import type { BlobRecipe, RecipeTable } from '../layout/recipes.ts';
import type { LayerDirs } from '../snapshots/layer-dirs.ts';
import type { StoredLayer } from './layers.ts';

export interface LayerBlobParts {
  content: ContentStore;
  pins: Pins;
  layers: LayerTable;
  layerDirs: LayerDirs;
  recipes: RecipeTable;
  limits: UnpackLimits;
}

/** A blob that was made again came out different: Node's zlib or zstd is another one than when the recipe was proved. */
export class OtherCompressorError extends HakoError {}

/**
 * The blobs of layers, of which one copy on disk is enough: where a blob can be made again from its unpacked layer, bit for bit, it
 * may go. What is proved (`prove`) counts for good, what cannot be proved stays.
 */
export class LayerBlobs {
  readonly #parts: LayerBlobParts;
  readonly #lock = new KeyedLock();
  /** Called when a blob was made again: it may go again after its use. */
  onRestore: () => void = () => undefined;

  constructor(parts: LayerBlobParts) {
    this.#parts = parts;
  }

  /** True where the blob is stored or can be made again: nobody has to fetch it. */
  has(digest: Digest): boolean {
    return this.#parts.content.has(digest) || Boolean(this.#parts.recipes.find(digest));
  }

  /** Size and compression, whether the blob is there at the moment or not. Throws `not_found`. */
  factsOf(digest: Digest): StoredLayer['blob'] {
    const { content, recipes } = this.#parts;
    const recipe = content.has(digest) ? undefined : recipes.find(digest);
    if (recipe) return { digest, size: recipe.sizeBytes, compression: recipe.compressor.format };
    return { digest, size: content.sizeOf(digest), compression: content.layerCompressionOf(digest) };
  }

  /** Finds out, by doing it, whether `layer`, which was unpacked from the blob, can be made into it again. The answer is kept. */
  async prove(digest: Digest, layer: Layer, signal?: AbortSignal): Promise<boolean> {
    return await this.#lock.run(layer.snapshot, async () => {
      const { content, layers, layerDirs, recipes, limits } = this.#parts;
      const confinement = { kind: 'directory', dir: layerDirs.pathOf(layer.snapshot) } as const;
      const parameters = { inputPath: content.pathOf(digest), recipePath: layerDirs.recipeOf(layer.snapshot), limits };
      const { compressor } = await callWorker('recordLayer', confinement, parameters, signal ? { signal } : {});
      failpoint('images.recipe-written');
      layers.setDiskBytes(layer.chainId, undefined);
      recipes.set({ digest, chainId: layer.chainId, sizeBytes: content.sizeOf(digest), compressor });
      return compressor !== null;
    });
  }

  /** Lets a proved blob go, unless somebody holds it. Answers the bytes that became free. */
  drop(digest: Digest): number {
    const { content, pins, layers, layerDirs, recipes } = this.#parts;
    const recipe = recipes.find(digest);
    const layer = recipe ? layers.find(recipe.chainId) : undefined;
    if (layer === undefined || !existsSync(layerDirs.recipeOf(layer.snapshot))) return 0;
    return pins.isPinned(digest) || content.isLeased(digest) ? 0 : content.remove(digest);
  }

  /** Makes the blob be there for as long as `lease` lasts. Throws `not_found`, or `OtherCompressorError`. */
  async restore(digest: Digest, lease: Lease, signal?: AbortSignal): Promise<void> {
    lease.hold(digest);
    await this.#lock.run(digest, async () => {
      const { content, recipes } = this.#parts;
      if (content.has(digest)) return;
      const recipe = recipes.find(digest);
      if (!recipe) throw new HakoError('not_found', `blob ${digest} is not in the content store`);
      lease.hold(recipe.chainId);
      const facts = await this.#remake(recipe.chainId, recipe.compressor, digest, signal);
      if (facts.digest === digest) return this.onRestore();
      throw new OtherCompressorError('failed_precondition', otherCompressor(recipe));
    });
  }

  /** The layer as a blob of our own, whatever it came as. The diff id stays, so the image does. */
  async recompress(layer: Layer, lease: Lease, signal?: AbortSignal): Promise<StoredLayer['blob']> {
    lease.hold(layer.chainId);
    const blob = await this.#remake(layer.chainId, OWN_COMPRESSOR, undefined, signal);
    lease.hold(blob.digest);
    return blob;
  }

  /** Adopts what comes out, unless another blob is `wanted`. */
  async #remake(
    chainId: Digest,
    compressor: BlobRecipe['compressor'],
    wanted: Digest | undefined,
    signal?: AbortSignal,
  ): Promise<StoredLayer['blob']> {
    const { content, layers, layerDirs } = this.#parts;
    const layer = layers.find(chainId);
    if (layer === undefined) throw new HakoError('internal', `layer ${chainId} is missing from the image store`);
    const blobPath = content.temporaryPath();
    try {
      const confinement = { kind: 'directory', dir: layerDirs.pathOf(layer.snapshot) } as const;
      const parameters = { recipePath: layerDirs.recipeOf(layer.snapshot), blobPath, compressor };
      const facts = await callWorker('remakeLayer', confinement, parameters, signal ? { signal } : {});
      if (facts.diffId !== layer.diffId) throw changedFromOutside(layer, layerDirs);
      const digest = facts.blobDigest as Digest;
      if (wanted === undefined || wanted === digest) await content.adoptLater(blobPath, digest);
      return { digest, size: facts.blobBytes, compression: facts.compression };
    } finally {
      rmSync(blobPath, { force: true });
    }
  }
}

function otherCompressor({ digest, compressor }: BlobRecipe): string {
  return `blob ${digest} cannot be made again: this ${compressor.format} compresses otherwise than the one before`;
}

function changedFromOutside(layer: Layer, layerDirs: LayerDirs): HakoError {
  const advice = 'remove the images that have the layer and pull them again';
  return new HakoError(
    'failed_precondition',
    `the files below ${layerDirs.pathOf(layer.snapshot)} were changed from outside: ${advice}`,
  );
}

/** True for the error of a blob that only comes out different. */
export function isOtherCompressor(error: unknown): boolean {
  return error instanceof OtherCompressorError && isHakoError(error, 'failed_precondition');
}
