import type { Container, Engine } from '#engine';

/** Publishes what happened to a container at this edge only: the engine does not know what its answers are used for. */
export function announceContainer(engine: Engine, action: string, container: Container): void {
  const attributes = { ...container.config.Labels, image: container.imageName, name: container.name };
  engine.events.publish('container', action, container.id, attributes);
}
