import { groupVersion, type KubeObject } from '#kube/api';
import type { ListAnswer } from '../answer.ts';
import type { CachedEntry } from '../store/mod.ts';
import { partialMetadata, partialMetadataJson, rowJson, rowOrder, tableHead } from '../table.ts';
import type { RenderOptions } from './render.ts';

/**
 * A body in pieces, made when they are asked for. An empty one says that work was done and others may have their turn: nothing is to be
 * sent yet.
 */
export type Pieces = Iterable<string | Buffer>;

/** Characters of a piece, about: so much text is made in less than a millisecond. */
const PIECE_CHARS = 128 * 1024;
/** Objects that are gone through before it may be the turn of others. */
const TURN_ENTRIES = 16;

/** What a list says of itself, before its items. */
export interface ListHead {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: ListAnswer['metadata'];
}

/** The head of a list in the form that is wanted. */
export function listHead({ endpoint, metadata }: ListAnswer, { form }: RenderOptions): ListHead {
  const { row, version } = endpoint;
  if (form.as !== undefined) {
    return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.version}`, metadata };
  }
  const apiVersion = groupVersion({ group: row.group, version: version.name });
  return { kind: row.listKind ?? `${row.kind}List`, apiVersion, metadata };
}

/** A list, or a Table of it, as JSON without spaces. */
export function jsonPieces(answer: ListAnswer, entries: readonly CachedEntry[], options: RenderOptions): Pieces {
  const { form, includeObject, nowMs } = options;
  const { endpoint, metadata } = answer;
  if (form.as === 'Table') {
    const row = (entry: CachedEntry) => rowJson(endpoint, entry, includeObject, nowMs);
    return joined(tableHead(endpoint, form.version, metadata), rowOrder(endpoint, entries), row, ',', ']}');
  }
  const head = `${JSON.stringify(listHead(answer, options)).slice(0, -1)},"items":[`;
  const item = form.as === undefined ? jsonOf : (entry: CachedEntry) => partialMetadataJson(entry, form.version);
  return joined(head, entries, item, ',', ']}');
}

/** A list as JSON for people: two spaces for each level. */
export function prettyPieces(answer: ListAnswer, entries: readonly CachedEntry[], options: RenderOptions): Pieces {
  const head = JSON.stringify(listHead(answer, options), undefined, 2);
  if (entries.length === 0) return [`${head.slice(0, -2)},\n  "items": []\n}`];
  const item = (entry: CachedEntry) =>
    `    ${JSON.stringify(objectOf(entry, options), undefined, 2).replaceAll('\n', '\n    ')}`;
  return joined(`${head.slice(0, -2)},\n  "items": [\n`, entries, item, ',\n', '\n  ]\n}');
}

/** A list as YAML; `stringify` makes the text of one value. */
export function yamlPieces(
  answer: ListAnswer,
  entries: readonly CachedEntry[],
  options: RenderOptions,
  stringify: (value: unknown) => string,
): Pieces {
  const head = stringify(listHead(answer, options));
  if (entries.length === 0) return [`${head}items: []\n`];
  // Empty lines of a text that stands over several lines stay empty: what is on them would be part of it.
  const item = (entry: CachedEntry) => `  - ${stringify(objectOf(entry, options)).replace(/\n(?=[^\n])/g, '\n    ')}`;
  return joined(`${head}items:\n`, entries, item, '', '');
}

/** Encodes a list's items one by one. */
export interface ListEncoder {
  item(object: unknown): Buffer;
  head(metadata: unknown, itemsBytes: number): Buffer;
}

/** A list as protobuf. It begins with its length, so all of it is encoded before the first byte goes out. */
export function* protobufPieces(
  answer: ListAnswer,
  entries: readonly CachedEntry[],
  options: RenderOptions,
  encoder: ListEncoder,
): Pieces {
  const pieces: Buffer[] = [];
  let items: Buffer[] = [];
  let length = 0;
  for (let at = 0; at < entries.length; at++) {
    const item = encoder.item(objectOf(entries[at] as CachedEntry, options));
    length += item.length;
    items.push(item);
    if (length >= PIECE_CHARS || at === entries.length - 1) {
      pieces.push(Buffer.concat(items));
      items = [];
      length = 0;
    }
    if (at % TURN_ENTRIES === TURN_ENTRIES - 1) yield '';
  }
  yield encoder.head(
    answer.metadata,
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  );
  yield* pieces;
}

function* joined(
  head: string,
  entries: readonly CachedEntry[],
  itemOf: (entry: CachedEntry) => string,
  between: string,
  tail: string,
): Generator<string, void> {
  let piece = head;
  for (let at = 0; at < entries.length; at++) {
    const item = itemOf(entries[at] as CachedEntry);
    piece += at === 0 ? item : between + item;
    if (piece.length >= PIECE_CHARS) {
      yield piece;
      piece = '';
    } else if (at % TURN_ENTRIES === TURN_ENTRIES - 1) yield '';
  }
  yield piece + tail;
}

function jsonOf(entry: CachedEntry): string {
  return entry.json;
}

function objectOf(entry: CachedEntry, { form }: RenderOptions): unknown {
  const object = entry.glance(true) as KubeObject;
  return form.as === undefined ? object : partialMetadata(object, form.version);
}
