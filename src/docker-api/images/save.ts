import { HakoError } from '#base';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { sendStream } from '../server/send-stream.ts';
import { platformQuery } from './platform.ts';

/** `GET /images/get?names&platform`: several images as one tar. */
export async function saveImages(exchange: Exchange, api: Api): Promise<void> {
  const names = exchange.query
    .all('names')
    .flatMap((each) => each.split(','))
    .filter(Boolean);
  if (names.length === 0) throw new HakoError('invalid', 'no images to save: give names');
  await save(exchange, api, names);
}

/** `GET /images/{name}/get?platform`: one image as a tar. */
export async function saveImage(exchange: Exchange, api: Api): Promise<void> {
  await save(exchange, api, [exchange.param('name')]);
}

async function save(exchange: Exchange, { engine }: Api, names: readonly string[]): Promise<void> {
  const tar = await engine.images.save(names, { ...platformQuery(exchange), signal: exchange.signal });
  await sendStream(exchange, tar, 'application/x-tar');
}
