import type { Schema } from '#kube/api';
import { canonicalText, fieldOf } from './json-value.ts';

/** Finds what an item of a list was before: by its keys in a list map, by itself in a set, by its place in an atomic list. */
export type OldItem = (item: unknown, index: number) => unknown;

const nothing: OldItem = () => undefined;

/** The keys of an item of a list map, as a text. */
export function mapKeyText(schema: Schema, item: unknown): string {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return canonicalText(keys.map((key) => fieldOf(item, key) ?? schema.items?.properties?.[key]?.default ?? null));
}

/** How the items of a new list are matched with those of the old one. */
export function oldItemOf(schema: Schema, old: unknown): OldItem {
  if (!Array.isArray(old)) return nothing;
  switch (schema['x-kubernetes-list-type']) {
    case 'map': {
      const byKey = new Map(old.map((item) => [mapKeyText(schema, item), item]));
      return (item) => byKey.get(mapKeyText(schema, item));
    }
    case 'set': {
      const all = new Map(old.map((item) => [canonicalText(item), item]));
      return (item) => all.get(canonicalText(item));
    }
    default:
      return nothing;
  }
}
