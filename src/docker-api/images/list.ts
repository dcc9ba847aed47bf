import { matchesGlob } from 'node:path';
import type { Engine } from '#engine';
import type { Image } from '#images';
import { createdSeconds, presentImageSummary } from '../present/image.ts';
import { familiarName, repositoryOf } from '../present/names.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { Filters } from '../server/filters.ts';
import { untilFilterMs } from '../server/until-filter.ts';

const FILTERS = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

/** `GET /images/json?all&filters&shared-size`. */
export async function listImages(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query, minor } = exchange;
  const filters = Filters.parse(query.text('filters'), FILTERS);
  const accepts = makeFilter(engine, filters);
  const images = engine.images
    .list()
    .filter(accepts)
    .map((image) => withMatchingNames(image, filters))
    .sort((one, other) => createdSeconds(other) - createdSeconds(one));
  const usage = query.bool('shared-size') ? (await engine.images.diskUsage()).perImage : undefined;
  exchange.json(
    200,
    images.map((image) => {
      const sharedBytes = usage?.get(image.id)?.sharedBytes;
      return presentImageSummary(image, minor, sharedBytes === undefined ? {} : { sharedBytes });
    }),
  );
}

function makeFilter(engine: Engine, filters: Filters): (image: Image) => boolean {
  const dangling = filters.bool('dangling');
  const untilMs = untilFilterMs(filters);
  const before = filters.values('before').map((reference) => createdSeconds(engine.images.get(reference)));
  const since = filters.values('since').map((reference) => createdSeconds(engine.images.get(reference)));
  return (image) => {
    const created = createdSeconds(image);
    return (
      (dangling === undefined || dangling === (image.tags.length === 0)) &&
      created * 1000 < untilMs &&
      before.every((moment) => created < moment) &&
      since.every((moment) => created > moment) &&
      filters.labels(image.config.config?.Labels ?? {}) &&
      (!filters.has('reference') || filters.values('reference').some((pattern) => matchesReference(image, pattern)))
    );
  };
}

/** A `reference` filter also hides the image's other names, as in docker. */
function withMatchingNames(image: Image, filters: Filters): Image {
  if (!filters.has('reference')) return image;
  const matching = (name: string) => filters.values('reference').some((pattern) => matchesName(name, pattern));
  return { ...image, tags: image.tags.filter(matching), repoDigests: image.repoDigests.filter(matching) };
}

function matchesReference(image: Image, pattern: string): boolean {
  return [...image.tags, ...image.repoDigests].some((name) => matchesName(name, pattern));
}

/** The pattern is a glob over the full or the familiar name, with or without the tag. */
function matchesName(name: string, pattern: string): boolean {
  const familiar = familiarName(name);
  return [name, familiar, repositoryOf(name), repositoryOf(familiar)].some((each) => matchesGlob(each, pattern));
}
