import type { Engine, EngineEvent } from '#engine';
import { bigNumber } from '../present/big-number.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';
import { parseMomentMs } from '../server/time.ts';
import { EVENT_FILTERS, makeEventFilter } from './event-filter.ts';

/** `GET /events?since&until&filters`: past events, then live ones until `until` or the client's end. */
export async function events(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const filters = Filters.parse(query.text('filters'), EVENT_FILTERS);
  const accepts = makeEventFilter(filters);
  const sinceMs = parseMomentMs(query.text('since'), 'since');
  const untilMs = parseMomentMs(query.text('until'), 'until');
  const subscription = engine.events.subscribe({
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    signal: exchange.signal,
  });
  exchange.startStream('application/json');
  for await (const event of endOnAbort(subscription, exchange.signal)) {
    if (accepts(event, engine)) await exchange.write(`${JSON.stringify(presentEvent(event))}\n`);
  }
  exchange.end();
}

async function* endOnAbort(subscription: ReturnType<Engine['events']['subscribe']>, signal: AbortSignal) {
  try {
    yield* subscription;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** An event with the fields of old (`status`, `id`, `from`) and new clients. Nanoseconds exceed JavaScript's numbers. */
export function presentEvent({ type, action, actor, timeNs }: EngineEvent) {
  const legacy =
    type === 'container' || type === 'image'
      ? { status: action, id: actor.id, ...(actor.attributes.image ? { from: actor.attributes.image } : {}) }
      : {};
  return {
    ...legacy,
    Type: type,
    Action: action,
    Actor: { ID: actor.id, Attributes: actor.attributes },
    scope: 'local',
    time: Number(timeNs / 1_000_000_000n),
    timeNano: bigNumber(timeNs),
  };
}
