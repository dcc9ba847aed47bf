import type { Client, Informers } from '#kube/client';

/** What a controller works with. */
export interface ControllerContext {
  /** Writes go through this; it has the controller's own identity. */
  readonly client: Client;
  /** Shared with the other controllers: objects from here are not to be changed. */
  readonly informers: Informers;
  /** The time, in milliseconds; tests set it. */
  readonly nowMs: () => number;
}

/** A controller that runs; disposing it stops its loops and waits for what is under way. */
export type RunningController = AsyncDisposable;

/** One controller: watches kinds, and brings each object, by its key, to what it should be. */
export interface Controller {
  /** Upstream's name: `deployment-controller`, whose service account it acts as. */
  readonly name: string;
  /** Subscribes to its informers and starts its queue; reconciles begin when the informers are synced. */
  start(context: ControllerContext): RunningController;
}
