import { errorMessage, HakoError } from '#base';
import type { WaitCondition, WaitResult } from '#engine';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

const CONDITIONS: readonly WaitCondition[] = ['not-running', 'next-exit', 'removed'];

/** `POST /containers/{id}/wait?condition`. The headers go out at once: `docker run` starts the container only then. */
export async function waitContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const container = engine.containers.get(exchange.param('id'));
  const ended: Promise<WaitResult> = engine.containers
    .wait(container.id, conditionOf(exchange), { signal: exchange.signal })
    .catch((error: unknown) => ({ exitCode: 125, error: errorMessage(error) }));
  exchange.startStream('application/json');
  const result = await ended;
  const failure = result.error ? { Error: { Message: result.error } } : {};
  await exchange.write(`${JSON.stringify({ StatusCode: result.exitCode, ...failure })}\n`);
  exchange.end();
}

function conditionOf({ query }: Exchange): WaitCondition {
  const given = query.text('condition');
  if (given === '') return 'not-running';
  const condition = CONDITIONS.find((each) => each === given);
  if (condition === undefined) throw new HakoError('invalid', `invalid condition: "${given}"`);
  return condition;
}
