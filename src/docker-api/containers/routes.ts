import type { Route } from '../server/router.ts';
import { unsupported } from '../server/unsupported.ts';
import { readArchive, statArchive, writeArchive } from './archive.ts';
import { attachContainer } from './attach.ts';
import { containerChanges } from './changes.ts';
import { createContainer } from './create.ts';
import { exportContainer } from './export.ts';
import { inspectContainer } from './inspect.ts';
import {
  killContainer,
  pauseContainer,
  removeContainer,
  renameContainer,
  restartContainer,
  startContainer,
  stopContainer,
  unpauseContainer,
} from './lifecycle.ts';
import { listContainers } from './list.ts';
import { containerLogs } from './logs.ts';
import { pruneContainers } from './prune.ts';
import { resizeContainer } from './resize.ts';
import { containerStats } from './stats.ts';
import { topContainer } from './top.ts';
import { updateContainer } from './update.ts';
import { waitContainer } from './wait.ts';

const noWebSocket = unsupported('attaching over a WebSocket is not supported: use POST /containers/{id}/attach');

export const containerRoutes: readonly Route[] = [
  { method: 'GET', path: '/containers/json', handler: listContainers },
  { method: 'POST', path: '/containers/create', handler: createContainer },
  { method: 'POST', path: '/containers/prune', handler: pruneContainers },
  { method: 'GET', path: '/containers/:id/json', handler: inspectContainer },
  { method: 'POST', path: '/containers/:id/start', handler: startContainer },
  { method: 'POST', path: '/containers/:id/stop', handler: stopContainer },
  { method: 'POST', path: '/containers/:id/restart', handler: restartContainer },
  { method: 'POST', path: '/containers/:id/kill', handler: killContainer },
  { method: 'POST', path: '/containers/:id/pause', handler: pauseContainer },
  { method: 'POST', path: '/containers/:id/unpause', handler: unpauseContainer },
  { method: 'POST', path: '/containers/:id/rename', handler: renameContainer },
  { method: 'POST', path: '/containers/:id/update', handler: updateContainer },
  { method: 'POST', path: '/containers/:id/wait', handler: waitContainer },
  { method: 'POST', path: '/containers/:id/resize', handler: resizeContainer },
  { method: 'POST', path: '/containers/:id/attach', handler: attachContainer, hijack: true },
  { method: 'GET', path: '/containers/:id/attach/ws', handler: noWebSocket },
  { method: 'GET', path: '/containers/:id/logs', handler: containerLogs },
  { method: 'GET', path: '/containers/:id/top', handler: topContainer },
  { method: 'GET', path: '/containers/:id/stats', handler: containerStats },
  { method: 'GET', path: '/containers/:id/changes', handler: containerChanges },
  { method: 'GET', path: '/containers/:id/export', handler: exportContainer },
  { method: 'HEAD', path: '/containers/:id/archive', handler: statArchive },
  { method: 'GET', path: '/containers/:id/archive', handler: readArchive },
  { method: 'PUT', path: '/containers/:id/archive', handler: writeArchive },
  { method: 'DELETE', path: '/containers/:id', handler: removeContainer },
];
