import { familiarName } from '../present/names.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { bodyStream } from '../server/hijack.ts';
import { streamJson } from '../server/json-stream.ts';
import { announceImage } from './announce.ts';
import { platformQuery } from './platform.ts';
import { progressSender } from './progress.ts';

/** `POST /images/load?quiet&platform`: the body is a docker-archive or an OCI layout as a tar, maybe compressed. */
export async function loadImages(exchange: Exchange, { engine }: Api): Promise<void> {
  const platform = platformQuery(exchange);
  await streamJson(exchange, async ({ send }) => {
    const onProgress = exchange.query.bool('quiet') ? {} : { onProgress: progressSender(send) };
    const loaded = await engine.images.load(bodyStream(exchange), {
      ...onProgress,
      ...platform,
      signal: exchange.signal,
    });
    // A name of several platforms is one image to its user.
    const told = new Set<string>();
    for (const { image, reference } of loaded) {
      if (reference !== undefined && told.has(reference)) continue;
      told.add(reference ?? '');
      const text = reference ? `Loaded image: ${familiarName(reference)}` : `Loaded image ID: ${image.id}`;
      announceImage(engine, 'load', image, reference);
      await send({ stream: `${text}\n` });
    }
  });
}
