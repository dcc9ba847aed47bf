import type { Route } from '../server/router.ts';
import { createNetwork } from './create.ts';
import { listNetworks } from './list.ts';
import { connectNetwork, disconnectNetwork, inspectNetwork, pruneNetworks, removeNetwork } from './verbs.ts';

export const networkRoutes: readonly Route[] = [
  { method: 'GET', path: '/networks', handler: listNetworks },
  { method: 'POST', path: '/networks/create', handler: createNetwork },
  { method: 'POST', path: '/networks/prune', handler: pruneNetworks },
  { method: 'GET', path: '/networks/:id', handler: inspectNetwork },
  { method: 'POST', path: '/networks/:id/connect', handler: connectNetwork },
  { method: 'POST', path: '/networks/:id/disconnect', handler: disconnectNetwork },
  { method: 'DELETE', path: '/networks/:id', handler: removeNetwork },
];
