import { HakoError } from '#base';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `POST /containers/{id}/start`: 304 when it runs already. */
export async function startContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  // Old clients send a host configuration here; it counts for nothing since 1.24, but must be read.
  exchange.request.resume();
  const { unchanged } = await engine.containers.start(exchange.param('id'));
  exchange.empty(unchanged ? 304 : 204);
}

/** `POST /containers/{id}/stop?t&signal`: 304 when it has stopped already. */
export async function stopContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const { unchanged } = await engine.containers.stop(exchange.param('id'), stopOptions(exchange));
  exchange.empty(unchanged ? 304 : 204);
}

/** `POST /containers/{id}/restart?t&signal`. */
export async function restartContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  await engine.containers.restart(exchange.param('id'), stopOptions(exchange));
  exchange.empty(204);
}

function stopOptions({ query }: Exchange): { timeoutS?: number; signal?: string } {
  const timeoutS = query.integer('t');
  const signal = query.text('signal');
  return { ...(timeoutS === undefined ? {} : { timeoutS }), ...(signal === '' ? {} : { signal }) };
}

/** `POST /containers/{id}/kill?signal`. */
export async function killContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const signal = exchange.query.text('signal');
  await engine.containers.kill(exchange.param('id'), ...(signal === '' ? [] : [signal]));
  exchange.empty(204);
}

/** `POST /containers/{id}/pause`. */
export async function pauseContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  await engine.containers.pause(exchange.param('id'));
  exchange.empty(204);
}

/** `POST /containers/{id}/unpause`. */
export async function unpauseContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  await engine.containers.unpause(exchange.param('id'));
  exchange.empty(204);
}

/** `POST /containers/{id}/rename?name`. */
export async function renameContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const name = exchange.query.text('name');
  if (name === '') throw new HakoError('invalid', 'Neither old nor new names may be empty');
  await engine.containers.rename(exchange.param('id'), name);
  exchange.empty(204);
}

/** `DELETE /containers/{id}?force&v`. Links, which `link=1` would remove, do not exist here. */
export async function removeContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  if (query.bool('link'))
    throw new HakoError('invalid', 'links are not supported: use a user-defined network and its names');
  await engine.containers.remove(exchange.param('id'), { force: query.bool('force'), volumes: query.bool('v') });
  exchange.empty(204);
}
