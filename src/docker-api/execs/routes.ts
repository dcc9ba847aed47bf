import { sizeOf } from '../containers/resize.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { createExec } from './create.ts';
import { inspectExec } from './inspect.ts';
import { startExec } from './start.ts';

/** `POST /exec/{id}/resize?h&w`. */
async function resizeExec(exchange: Exchange, { engine }: Api): Promise<void> {
  await engine.execs.resize(exchange.param('id'), sizeOf(exchange));
  exchange.empty(200);
}

export const execRoutes: readonly Route[] = [
  { method: 'POST', path: '/containers/:id/exec', handler: createExec },
  { method: 'POST', path: '/exec/:id/start', handler: startExec, hijack: true },
  { method: 'POST', path: '/exec/:id/resize', handler: resizeExec },
  { method: 'GET', path: '/exec/:id/json', handler: inspectExec },
];
