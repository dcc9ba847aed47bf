import type { Digest } from '#base';
import type { ContentStore, Pins } from '../content/mod.ts';
import type { LayerDirs } from '../snapshots/layer-dirs.ts';
import type { ContainerLayerTable } from '../snapshots/table.ts';
import type { ImageTable } from './images.ts';
import type { Layer, LayerTable } from './layers.ts';
import type { RecipeTable } from './recipes.ts';

export interface CollectorParts {
  content: ContentStore;
  pins: Pins;
  images: ImageTable;
  layers: LayerTable;
  containers: ContainerLayerTable;
  layerDirs: LayerDirs;
  recipes: RecipeTable;
}

/** Takes away layers and blobs that no image, container, pin or lease needs. Synchronous: nothing can come between look and deed. */
export class Collector {
  readonly #parts: CollectorParts;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /** Collects layers; answers which, topmost first, and the bytes that become free. */
  collectLayers(): { chainIds: Digest[]; bytes: number } {
    const { layers, layerDirs } = this.#parts;
    const needed = this.#neededLayers();
    const gone = childrenFirst(layers.all()).filter(({ chainId }) => !needed.has(chainId));
    layers.delete(gone.map(({ chainId }) => chainId));
    for (const { snapshot } of gone) layerDirs.remove(snapshot);
    const bytes = gone.reduce((sum, { diskBytes, contentBytes }) => sum + (diskBytes ?? contentBytes), 0);
    return { chainIds: gone.map(({ chainId }) => chainId), bytes };
  }

  /** Removes those of `digests` that nothing needs any more; answers the bytes that become free. */
  collectBlobs(digests: Iterable<Digest>): number {
    const { content, recipes } = this.#parts;
    let reclaimed = 0;
    for (const digest of digests) {
      if (this.#isNeeded(digest)) continue;
      recipes.delete(digest);
      reclaimed += content.remove(digest);
    }
    return reclaimed;
  }

  #isNeeded(digest: Digest): boolean {
    const { content, pins, images } = this.#parts;
    return images.needsBlob(digest) || pins.isPinned(digest) || content.isLeased(digest);
  }

  /** A blob that was let go lives on in its layer, which another image than the one that needs the blob may have brought. */
  #layersOfBlobs(): Digest[] {
    const { content, recipes } = this.#parts;
    const made = recipes.remakeable().filter(({ digest }) => !content.has(digest) && this.#isNeeded(digest));
    return made.map(({ chainId }) => chainId);
  }

  /** The layers that stay even if no image is left. */
  layersOfContainers(): Set<Digest> {
    const { containers, content, layers } = this.#parts;
    const tops = containers.all().flatMap(({ chainId }) => chainId ?? []);
    const leased = layers.all().flatMap(({ chainId }) => (content.isLeased(chainId) ? [chainId] : []));
    return this.#withParents([...tops, ...leased]);
  }

  #neededLayers(): Set<Digest> {
    const tops = [...this.#parts.images.tops(), ...this.#layersOfBlobs()];
    return this.layersOfContainers().union(this.#withParents(tops));
  }

  #withParents(tops: readonly Digest[]): Set<Digest> {
    const byId = new Map(this.#parts.layers.all().map((layer) => [layer.chainId, layer]));
    const needed = new Set<Digest>();
    for (const top of tops) {
      for (let id: Digest | undefined = top; id !== undefined && !needed.has(id); id = byId.get(id)?.parent)
        needed.add(id);
    }
    return needed;
  }
}

/** A row goes before the row that it refers to. */
function childrenFirst(layers: readonly Layer[]): Layer[] {
  const depth = new Map<Digest, number>();
  const byId = new Map(layers.map((layer) => [layer.chainId, layer]));
  const depthOf = (layer: Layer): number => {
    const known = depth.get(layer.chainId);
    if (known !== undefined) return known;
    const parent = layer.parent === undefined ? undefined : byId.get(layer.parent);
    const own = parent === undefined ? 0 : depthOf(parent) + 1;
    depth.set(layer.chainId, own);
    return own;
  };
  return layers.toSorted((a, b) => depthOf(b) - depthOf(a));
}
