import { HakoError } from '#base';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { announceImage } from './announce.ts';

/** `POST /images/{name}/tag?repo&tag`. */
export function tagImage(exchange: Exchange, { engine }: Api): void {
  const reference = referenceOf(exchange);
  if (reference === undefined) throw new HakoError('invalid', 'invalid reference format: give the repository to tag');
  const image = engine.images.get(exchange.param('name'));
  engine.images.tag(image.id, reference);
  announceImage(engine, 'tag', image, reference);
  exchange.empty(201);
}

/** `repo` and `tag` of the query as one reference; undefined without a repository. */
export function referenceOf({ query }: Exchange): string | undefined {
  const repository = query.text('repo');
  if (repository === '') return undefined;
  const tag = query.text('tag');
  if (tag === '') return repository;
  return tag.includes(':') ? `${repository}@${tag}` : `${repository}:${tag}`;
}
