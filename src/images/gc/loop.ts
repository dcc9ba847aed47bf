import { type Digest, errorMessage, log } from '#base';
import { transaction } from '#state';
import { measureLayers } from '../disk-usage.ts';
import { deleteImages } from '../remove.ts';
import type { Trash } from '../snapshots/trash.ts';
import type { ImageStore } from '../store.ts';
import { observeImages } from './observe.ts';
import { type GcPlan, type ImageGcSettings, planImageGc } from './plan.ts';

const PERIOD_MS = 5 * 60_000;

/** Removes images on its own when the disk fills up or they are old: observe, plan, apply, every five minutes. */
export class ImageGc implements AsyncDisposable {
  readonly #store: ImageStore;
  readonly #trash: Trash;
  readonly #settings: ImageGcSettings | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<GcPlan> | undefined;
  /** Told of each image that was collected: whoever announces it. */
  onCollected: (id: Digest) => void = () => undefined;

  constructor(store: ImageStore, trash: Trash, settings: ImageGcSettings | undefined) {
    this.#store = store;
    this.#trash = trash;
    this.#settings = settings;
  }

  /** Begins to look now and then, where the settings say so. */
  start(): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    this.#timer = setInterval(() => {
      this.run(settings).catch((error: unknown) => log.warn('image collection failed', { error: errorMessage(error) }));
    }, PERIOD_MS);
    this.#timer.unref();
  }

  /** One round. Ends when the space is free, so that the next round does not count it again. */
  run(settings: ImageGcSettings): Promise<GcPlan> {
    this.#running ??= this.#round(settings).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #round(settings: ImageGcSettings): Promise<GcPlan> {
    await measureLayers(this.#store);
    await this.#trash.settled();
    // From here to the end of `apply` nothing can come between.
    const nowMs = Date.now();
    touchUsed(this.#store, nowMs);
    const plan = planImageGc(observeImages(this.#store), settings, nowMs);
    apply(this.#store, plan);
    for (const { id } of plan.remove) this.onCollected(id);
    await Promise.all([this.#trash.settled(), this.#store.content.settled()]);
    if (plan.freedBytes < plan.wantedBytes) {
      const { wantedBytes, freedBytes } = plan;
      log.warn('the disk stays fuller than imageGc.lowPercent: other images are in use', { wantedBytes, freedBytes });
    }
    return plan;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#running?.catch(() => undefined);
  }
}

/** An image that a container has is used at this moment: its age begins when the container goes. */
function touchUsed(store: ImageStore, nowMs: number): void {
  const used = store.images.all().filter(({ id }) => store.usedBy(id).length > 0);
  transaction(store.database, () =>
    store.images.touch(
      used.map(({ id }) => id),
      nowMs,
    ),
  );
}

function apply(store: ImageStore, plan: GcPlan): void {
  for (const { id, reason, freesBytes } of plan.remove) {
    log.info('image is collected', { image: id, reason, freesBytes });
    deleteImages(store, id);
  }
  if (plan.remove.length > 0) store.collector.collectLayers();
}
