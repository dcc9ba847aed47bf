import { HakoError } from '#base';
import { containerConfig } from '../schema/container-config.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { referenceOf } from './tag.ts';

/** `POST /commit?container&repo&tag&comment&author&pause&changes`: an image from a container. */
export async function commitContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const container = query.text('container');
  if (container === '') throw new HakoError('invalid', 'give the container to commit');
  const config = await exchange.body(containerConfig, { optional: {} });
  const reference = referenceOf(exchange);
  const image = await engine.containers.commit(container, {
    ...(reference === undefined ? {} : { reference }),
    author: query.text('author'),
    comment: query.text('comment'),
    pause: query.bool('pause', true),
    changes: query
      .all('changes')
      .flatMap((each) => each.split('\n'))
      .filter(Boolean),
    config,
  });
  exchange.json(201, { Id: image.id });
}
