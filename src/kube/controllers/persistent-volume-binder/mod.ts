import type { Controller } from '../contract.ts';
import { VolumeBinder } from './binder.ts';

export { type PersistentVolume, type PersistentVolumeClaim, VOLUMES } from './types.ts';

/** Upstream's persistent volume controller, without the volume plugins. */
export const persistentVolumeBinder: Controller = {
  name: 'persistent-volume-binder',
  start: (context) => new VolumeBinder(context),
};
