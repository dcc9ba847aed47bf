import { ApiError } from '../server/errors.ts';
import type { Exchange } from '../server/exchange.ts';
import type { Method, Route } from '../server/router.ts';
import { unsupported } from '../server/unsupported.ts';
import { diskUsage } from './df.ts';
import { events } from './events.ts';
import { info } from './info.ts';
import { ping } from './ping.ts';
import { version } from './version.ts';

const SWARM_PATHS = ['swarm', 'nodes', 'services', 'tasks', 'secrets', 'configs'];
const METHODS: readonly Method[] = ['GET', 'POST', 'DELETE'];

function notSwarm(exchange: Exchange): never {
  exchange.request.resume();
  throw new ApiError(
    503,
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}

const swarmRoutes = SWARM_PATHS.flatMap((name) =>
  METHODS.flatMap((method): Route[] => [
    { method, path: `/${name}`, handler: notSwarm },
    { method, path: `/${name}/*rest`, handler: notSwarm },
  ]),
);

const noBuild = unsupported(
  'building images is not supported yet: use "docker import", "docker load" or "docker commit"',
);
const noPlugins = unsupported('plugins are not supported: networks and volumes have the built-in drivers');

export const systemRoutes: readonly Route[] = [
  { method: 'GET', path: '/_ping', handler: ping },
  { method: 'HEAD', path: '/_ping', handler: ping },
  { method: 'GET', path: '/version', handler: version },
  { method: 'GET', path: '/info', handler: info },
  { method: 'GET', path: '/events', handler: events },
  { method: 'GET', path: '/system/df', handler: diskUsage },
  { method: 'POST', path: '/build', handler: noBuild },
  { method: 'POST', path: '/build/cancel', handler: noBuild },
  {
    method: 'POST',
    path: '/build/prune',
    handler: (exchange) => exchange.json(200, { CachesDeleted: null, SpaceReclaimed: 0 }),
  },
  { method: 'POST', path: '/session', handler: noBuild },
  { method: 'POST', path: '/grpc', handler: noBuild },
  { method: 'GET', path: '/plugins', handler: (exchange) => exchange.json(200, []) },
  { method: 'POST', path: '/plugins/*rest', handler: noPlugins },
  { method: 'GET', path: '/plugins/*rest', handler: noPlugins },
  ...swarmRoutes,
];
