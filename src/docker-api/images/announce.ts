import type { Engine } from '#engine';
import type { Image } from '#images';
import { familiarName } from '../present/names.ts';

/** Tells of something that happened to an image; the images folder itself knows no events. */
export function announceImage(engine: Engine, action: string, image: Image, name?: string): void {
  const shown = familiarName(name ?? image.tags[0] ?? image.id);
  engine.events.publish('image', action, image.id, { ...image.config.config?.Labels, name: shown });
}
