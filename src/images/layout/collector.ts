import type { Digest } from '#base';
import type { ContentStore, Pins } from '../content/mod.ts';
import type { LayerDirs } from '../snapshots/layer-dirs.ts';
import type { ContainerLayerTable } from '../snapshots/table.ts';
import type { ImageTable } from './images.ts';
import type { Layer, LayerTable } from './layers.ts';

export interface CollectorParts {
  content: ContentStore;
  pins: Pins;
  images: ImageTable;
  layers: LayerTable;
  containers: ContainerLayerTable;
  layerDirs: LayerDirs;
}

/** Takes away layers and blobs that no image, container, pin or lease needs. Synchronous: nothing can come between look and deed. */
export class Collector {
  readonly #parts: CollectorParts;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /** Collects layers; answers the bytes that were in them. */
  collectLayers(): number {
    const { layers, layerDirs } = this.#parts;
    const needed = this.#neededLayers();
    let reclaimed = 0;
    for (const layer of childrenFirst(layers.all())) {
      if (needed.has(layer.chainId)) continue;
      layers.delete(layer.chainId);
      layerDirs.remove(layer.snapshot);
      reclaimed += layer.contentBytes;
    }
    return reclaimed;
  }

  /** Removes those of `digests` that nothing needs any more. */
  collectBlobs(digests: Iterable<Digest>): void {
    const { content, pins, images } = this.#parts;
    for (const digest of digests) {
      if (!images.needsBlob(digest) && !pins.isPinned(digest) && !content.isLeased(digest)) content.remove(digest);
    }
  }

  #neededLayers(): Set<Digest> {
    const { images, layers, containers, content } = this.#parts;
    const byId = new Map(layers.all().map((layer) => [layer.chainId, layer]));
    const tops = [...images.tops(), ...containers.all().flatMap(({ chainId }) => chainId ?? [])];
    const leased = [...byId.keys()].filter((chainId) => content.isLeased(chainId));
    const needed = new Set<Digest>();
    for (const top of [...tops, ...leased]) {
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
