import type { ContainerRecord } from './record.ts';

/** What docker's events tell of a container. */
export function eventAttributes(record: ContainerRecord): Record<string, string> {
  return { ...record.config.Labels, image: record.imageName, name: record.name };
}
