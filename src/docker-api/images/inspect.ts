import { presentImage } from '../present/image.ts';
import { familiarName } from '../present/names.ts';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { platformQuery } from './platform.ts';

/** `GET /images/{name}/json?platform`. */
export function inspectImage(exchange: Exchange, { engine }: Api): void {
  const image = engine.images.get(exchange.param('name'), platformQuery(exchange));
  exchange.json(200, presentImage(image, engine.images.layerPaths(image), exchange.minor));
}

/** `GET /images/{name}/history?platform`: newest first; only the last step knows the id of the image. */
export function imageHistory(exchange: Exchange, { engine }: Api): void {
  const image = engine.images.get(exchange.param('name'), platformQuery(exchange));
  const steps = image.config.history ?? [];
  const sizes = image.layerSizes.values();
  const rows = steps.map((step, index) => {
    const isLast = index === steps.length - 1;
    return {
      Id: isLast ? image.id : '<missing>',
      Created: Math.trunc((Date.parse(step.created ?? '') || 0) / 1000),
      CreatedBy: step.created_by ?? '',
      Tags: isLast && image.tags.length > 0 ? image.tags.map(familiarName) : null,
      Size: step.empty_layer ? 0 : (sizes.next().value ?? 0),
      Comment: step.comment ?? '',
    };
  });
  exchange.json(200, rows.reverse());
}
