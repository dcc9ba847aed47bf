import { Readable } from 'node:stream';
import { errorMessage, HakoError } from '#base';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { bodyStream } from '../server/hijack.ts';
import { streamJson } from '../server/json-stream.ts';
import { announceImage } from './announce.ts';
import { platformQuery } from './platform.ts';
import { progressSender } from './progress.ts';
import { registryAuthOf } from './registry-auth.ts';
import { referenceOf } from './tag.ts';

/** `POST /images/create`: `fromImage` pulls, `fromSrc` imports a root file system. */
export async function createImage(exchange: Exchange, api: Api): Promise<void> {
  const { query } = exchange;
  if (query.text('fromImage') !== '') return pull(exchange, api);
  if (query.text('fromSrc') !== '') return importRootfs(exchange, api);
  throw new HakoError('invalid', 'give fromImage to pull, or fromSrc to import');
}

async function importRootfs(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const reference = referenceOf(exchange);
  const platform = platformQuery(exchange);
  await streamJson(exchange, async ({ send }) => {
    const image = await engine.images.importRootfs(await sourceOf(exchange), {
      ...(reference === undefined ? {} : { reference }),
      ...platform,
      message: query.text('message'),
      changes: query.all('changes'),
      signal: exchange.signal,
    });
    announceImage(engine, 'import', image, reference);
    await send({ status: image.id });
  });
}

/** `-` is the body of the request; anything else is fetched by HTTP, as docker's daemon does. */
async function sourceOf(exchange: Exchange): Promise<Readable> {
  const source = exchange.query.text('fromSrc');
  if (source === '-') return bodyStream(exchange);
  const url = URL.parse(source.includes('://') ? source : `http://${source}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new HakoError('invalid', `cannot import from "${source}": give a file, - or an http(s) URL`);
  }
  exchange.request.resume();
  const answer = await fetch(url, { signal: exchange.signal }).catch((cause: unknown) => {
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : errorMessage(cause);
    throw new HakoError('invalid', `cannot import from ${url.href}: ${why}: give a URL that answers`, { cause });
  });
  if (!answer.ok || answer.body === null) throw new HakoError('unavailable', `${url.href} answered ${answer.status}`);
  return Readable.fromWeb(answer.body);
}

/** `fromImage` with `tag`, which may be a digest; no tag means latest. */
async function pull(exchange: Exchange, { engine }: Api): Promise<void> {
  exchange.request.resume();
  const { query } = exchange;
  const name = query.text('fromImage');
  const tag = query.text('tag');
  const reference = tag === '' ? name : tag.includes(':') ? `${name}@${tag}` : `${name}:${tag}`;
  const options = { ...registryAuthOf(exchange), ...platformQuery(exchange), signal: exchange.signal };
  await streamJson(exchange, async ({ send }) => {
    const image = await engine.images.pull(reference, { ...options, onProgress: progressSender(send) });
    announceImage(engine, 'pull', image, reference);
  });
}
