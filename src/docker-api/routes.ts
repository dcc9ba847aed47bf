import { containerRoutes } from './containers/routes.ts';
import { execRoutes } from './execs/routes.ts';
import { hakoRoutes } from './hako/routes.ts';
import { imageRoutes } from './images/routes.ts';
import { networkRoutes } from './networks/routes.ts';
import type { Route } from './server/router.ts';
import { systemRoutes } from './system/routes.ts';
import { volumeRoutes } from './volumes/routes.ts';

/** Every endpoint. In a folder's table the first that matches wins. */
export const routes: readonly Route[] = [
  ...containerRoutes,
  ...execRoutes,
  ...imageRoutes,
  ...networkRoutes,
  ...volumeRoutes,
  ...systemRoutes,
  ...hakoRoutes,
];
