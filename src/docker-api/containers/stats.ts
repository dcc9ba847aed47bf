import { setTimeout as delay } from 'node:timers/promises';
import { HakoError, isHakoError } from '#base';
import type { Container, ContainerStats, Engine } from '#engine';
import { presentStats, type StatsFrame } from '../present/stats.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

const PERIOD_MS = 1000;

/** `GET /containers/{id}/stats?stream&one-shot`. */
export async function containerStats(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const container = engine.containers.get(exchange.param('id'));
  if (!query.bool('stream', true)) {
    exchange.json(200, await singleFrame(exchange, engine, container, query.bool('one-shot')));
    return;
  }
  exchange.startStream('application/json');
  for await (const frame of frames(exchange, engine, container)) await exchange.write(`${JSON.stringify(frame)}\n`);
  exchange.end();
}

/** One sample, or two a second apart, so that clients can tell the load from the difference. */
async function singleFrame(
  exchange: Exchange,
  engine: Engine,
  container: Container,
  oneShot: boolean,
): Promise<StatsFrame> {
  const first = await sample(engine, container);
  if (first === 'removed') throw new HakoError('not_found', `No such container: ${container.id}`);
  if (oneShot || first === undefined) return presentStats(container, first, undefined);
  await delay(PERIOD_MS, undefined, { signal: exchange.signal });
  const second = await sample(engine, container);
  return presentStats(container, second === 'removed' ? undefined : second, first);
}

/** A frame a second until the client goes away or the container is removed. A stopped container gives empty frames. */
async function* frames(exchange: Exchange, engine: Engine, container: Container): AsyncGenerator<StatsFrame> {
  let previous: ContainerStats | undefined;
  for (;;) {
    const current = await sample(engine, container);
    if (exchange.signal.aborted || current === 'removed') return;
    yield presentStats(container, current, previous);
    previous = current;
    try {
      await delay(PERIOD_MS, undefined, { signal: exchange.signal });
    } catch (error) {
      if (exchange.signal.aborted) return;
      throw error;
    }
  }
}

/** Undefined when the container does not run. */
async function sample(engine: Engine, container: Container): Promise<ContainerStats | undefined | 'removed'> {
  try {
    if (engine.containers.get(container.id).state.pid === 0) return undefined;
    return await engine.containers.stats(container.id);
  } catch (error) {
    if (isHakoError(error, 'conflict')) return undefined;
    if (isHakoError(error, 'not_found')) return 'removed';
    throw error;
  }
}
