import { HakoError } from '#base';
import type { Image, ImageProgress } from '#images';
import { announceImage } from '../images/announce.ts';
import { progressSender } from '../images/progress.ts';
import { list, object, text } from '../schema/shape.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { streamJson } from '../server/json-stream.ts';

const bootstrapRequest = object({ reference: text, suite: text, include: list(text) });

/** `POST /hako/images/bootstrap`: a base image from this machine's own Debian mirror, progress as docker streams it. */
export async function bootstrapImage(exchange: Exchange, api: Api): Promise<void> {
  const { reference = '', suite = '', include = [] } = await exchange.body(bootstrapRequest);
  await streamJson(exchange, async ({ send }) => {
    const onProgress = progressSender(send);
    const image = await bootstrap(api, { reference, suite, include, onProgress, signal: exchange.signal });
    announceImage(api.engine, 'import', image, reference);
    await send({ status: image.id });
  });
}

interface Wish {
  reference: string;
  suite: string;
  include: string[];
  onProgress: (progress: ImageProgress) => void;
  signal: AbortSignal;
}

function bootstrap({ engine }: Api, { reference, suite, include, onProgress, signal }: Wish): Promise<Image> {
  const [name = '', tag = ''] = reference.split(':');
  if (name === 'busybox') return engine.images.bootstrapBusybox({ reference, signal });
  const named = suite || (name === 'debian' ? tag : '');
  if (named === '') {
    throw new HakoError(
      'invalid',
      `"${reference}" does not say what to make: use debian:SUITE, busybox, or give --suite`,
    );
  }
  return engine.images.bootstrapDebian({ suite: named, include, reference, onProgress, signal });
}
