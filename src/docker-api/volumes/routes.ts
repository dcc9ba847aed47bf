import type { Route } from '../server/router.ts';
import { createVolume, inspectVolume, listVolumes, pruneVolumes, removeVolume } from './verbs.ts';

export const volumeRoutes: readonly Route[] = [
  { method: 'GET', path: '/volumes', handler: listVolumes },
  { method: 'POST', path: '/volumes/create', handler: createVolume },
  { method: 'POST', path: '/volumes/prune', handler: pruneVolumes },
  { method: 'GET', path: '/volumes/:name', handler: inspectVolume },
  { method: 'DELETE', path: '/volumes/:name', handler: removeVolume },
];
