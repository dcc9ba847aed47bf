import type { Route } from '../server/router.ts';
import { unsupported } from '../server/unsupported.ts';
import { commitContainer } from './commit.ts';
import { createImage } from './create.ts';
import { checkAuth, inspectDistribution } from './distribution.ts';
import { imageHistory, inspectImage } from './inspect.ts';
import { listImages } from './list.ts';
import { loadImages } from './load.ts';
import { pushImage } from './push.ts';
import { pruneImages, removeImage } from './remove.ts';
import { saveImage, saveImages } from './save.ts';
import { tagImage } from './tag.ts';

const noSearch = unsupported("searching registries is not supported: search on the registry's own page");

export const imageRoutes: readonly Route[] = [
  { method: 'GET', path: '/images/json', handler: listImages },
  { method: 'GET', path: '/images/search', handler: noSearch },
  { method: 'GET', path: '/images/get', handler: saveImages },
  { method: 'POST', path: '/images/load', handler: loadImages },
  { method: 'POST', path: '/images/create', handler: createImage },
  { method: 'POST', path: '/images/prune', handler: pruneImages },
  { method: 'GET', path: '/images/*name/get', handler: saveImage },
  { method: 'GET', path: '/images/*name/history', handler: imageHistory },
  { method: 'GET', path: '/images/*name/json', handler: inspectImage },
  { method: 'POST', path: '/images/*name/tag', handler: tagImage },
  { method: 'POST', path: '/images/*name/push', handler: pushImage },
  { method: 'DELETE', path: '/images/*name', handler: removeImage },
  { method: 'POST', path: '/auth', handler: checkAuth },
  { method: 'GET', path: '/distribution/*name/json', handler: inspectDistribution },
  { method: 'POST', path: '/commit', handler: commitContainer },
];
