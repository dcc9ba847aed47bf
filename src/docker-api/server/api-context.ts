import type { log } from '#base';
import type { Engine } from '#engine';

/** What every endpoint gets beside its request. */
export interface Api {
  engine: Engine;
  version: string;
  commit: string;
  log: typeof log;
}
