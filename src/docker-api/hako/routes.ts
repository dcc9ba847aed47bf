import type { Route } from '../server/router.ts';
import { bootstrapImage } from './bootstrap.ts';
import { purge } from './purge.ts';

/** What Docker's API has no words for. */
export const hakoRoutes: readonly Route[] = [
  { method: 'POST', path: '/hako/images/bootstrap', handler: bootstrapImage },
  { method: 'POST', path: '/hako/purge', handler: purge },
];
