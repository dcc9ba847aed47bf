import type { Controller } from '../contract.ts';
import { GarbageCollector } from './collector.ts';

/** Removes objects whose owners are gone. */
export const garbageCollector: Controller = {
  name: 'generic-garbage-collector',
  start: (context) => new GarbageCollector(context),
};
