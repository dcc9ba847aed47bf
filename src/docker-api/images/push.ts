import { isHakoError } from '#base';
import type { Engine } from '#engine';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { streamJson } from '../server/json-stream.ts';
import { announceImage } from './announce.ts';
import { platformQuery } from './platform.ts';
import { progressSender } from './progress.ts';
import { registryAuthOf } from './registry-auth.ts';

/** `POST /images/{name}/push?tag&platform`: without a tag all tags of the repository. */
export async function pushImage(exchange: Exchange, { engine }: Api): Promise<void> {
  exchange.request.resume();
  const { query } = exchange;
  const name = exchange.param('name');
  const tag = query.text('tag');
  const auth = registryAuthOf(exchange);
  const platform = platformQuery(exchange);
  await streamJson(exchange, async ({ send }) => {
    await engine.images.push(tag === '' ? name : `${name}:${tag}`, {
      ...auth,
      ...platform,
      allTags: tag === '' && !/:[^/]+$/.test(name),
      onProgress: progressSender(send),
      signal: exchange.signal,
    });
    announcePushed(engine, tag === '' ? name : `${name}:${tag}`);
  });
}

function announcePushed(engine: Engine, reference: string): void {
  try {
    announceImage(engine, 'push', engine.images.get(reference), reference);
  } catch (error) {
    // Of all tags, none needs to be called latest; and it may be gone by now.
    if (!isHakoError(error, 'not_found')) throw error;
  }
}
