import { type KubeObject, notAcceptable, type Status } from '#kube/api';
import { encodeYaml, yamlStringifier } from '#kube/codec';
import type { Answer, ListAnswer, ObjectAnswer } from '../answer.ts';
import { CachedEntry, toText } from '../store/mod.ts';
import { type IncludeObject, partialMetadata, rowJson, tableJson } from '../table.ts';
import { nextTurn } from '../turns.ts';
import { jsonPieces, listHead, type Pieces, prettyPieces, protobufPieces, yamlPieces } from './list-pieces.ts';
import type { Form } from './negotiate.ts';

/** An answer as it goes over the wire; large lists come in pieces. */
export interface Rendered {
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Buffer | Pieces;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How the client wants to see it. */
export interface RenderOptions {
  readonly form: Form;
  readonly includeObject: IncludeObject;
  readonly pretty: boolean;
  readonly nowMs: number;
}

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
/** Lists above this many objects go out in pieces, so that their text never is in memory as a whole. */
const SMALL_LIST = 32;
/** Objects that are converted at once. */
const CONVERTED_ENTRIES = 200;

/** Renders anything but watches. */
export function render(
  answer: Exclude<Answer, { type: 'watch' }>,
  options: RenderOptions,
): Rendered | Promise<Rendered> {
  if (answer.type === 'raw') return answer;
  return answer.type === 'list' ? renderList(answer, options) : renderObject(answer, options);
}

function renderObject(answer: ObjectAnswer, options: RenderOptions): Rendered | Promise<Rendered> {
  const { form, nowMs } = options;
  const { code, endpoint } = answer;
  if (form.media === 'json' && form.as === undefined && !options.pretty) {
    return { code, contentType: JSON_TYPE, body: answer.json ?? JSON.stringify(answer.object()) };
  }
  const object = answer.object();
  // Reviews and the like are nobody's rows.
  if (form.as === 'Table' && endpoint?.row.verbs.includes('get') !== true && !isStatus(object))
    throw notAcceptable([JSON_TYPE]);
  if (isStatus(object) || endpoint === undefined || form.as === undefined) return encoded(object, code, options);
  if (form.as === 'Table') {
    const entry = entryOf(object);
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
    const table = tableJson(endpoint, form.version, metadata, [rowJson(endpoint, entry, options.includeObject, nowMs)]);
    return { code, contentType: JSON_TYPE, body: table };
  }
  return encoded(partialMetadata(object, form.version), code, options);
}

async function renderList(answer: ListAnswer, options: RenderOptions): Promise<Rendered> {
  const entries = answer.convert === undefined ? answer.entries : await convertEntries(answer, answer.convert);
  const { contentType, pieces } = await listPieces(answer, entries, options);
  // One write with its length is less work than a stream, for both sides.
  const isSmall = entries.length <= SMALL_LIST && contentType !== PROTOBUF_TYPE;
  return { code: 200, contentType, body: isSmall ? [...pieces].join('') : pieces };
}

async function listPieces(
  answer: ListAnswer,
  entries: readonly CachedEntry[],
  options: RenderOptions,
): Promise<{ contentType: string; pieces: Pieces }> {
  const { form, pretty } = options;
  if (form.as === 'Table') return { contentType: JSON_TYPE, pieces: jsonPieces(answer, entries, options) };
  if (form.media === 'protobuf') {
    const { ProtobufList } = await import('#kube/codec/protobuf');
    const encoder = ProtobufList.of(listHead(answer, options));
    if (encoder !== undefined)
      return { contentType: PROTOBUF_TYPE, pieces: protobufPieces(answer, entries, options, encoder) };
  }
  if (form.media === 'yaml') {
    const stringify = await yamlStringifier();
    return { contentType: 'application/yaml', pieces: yamlPieces(answer, entries, options, stringify) };
  }
  const isPretty = pretty && form.media === 'json';
  return { contentType: JSON_TYPE, pieces: (isPretty ? prettyPieces : jsonPieces)(answer, entries, options) };
}

async function convertEntries(
  { entries }: ListAnswer,
  convert: NonNullable<ListAnswer['convert']>,
): Promise<CachedEntry[]> {
  const converted: CachedEntry[] = [];
  for (let at = 0; at < entries.length; at += CONVERTED_ENTRIES) {
    const objects = await convert(entries.slice(at, at + CONVERTED_ENTRIES).map((entry) => entry.copy()));
    converted.push(...objects.map(entryOf));
    if (converted.length < entries.length) await nextTurn();
  }
  return converted;
}

function entryOf(object: KubeObject): CachedEntry {
  const { name = '', resourceVersion = '0' } = object.metadata;
  return new CachedEntry(name, toText(object), Number(resourceVersion));
}

function isStatus(object: KubeObject | Status): object is Status {
  return object.kind === 'Status' && object.apiVersion === 'v1';
}

/** Any value in the wanted media type; kinds that have no protobuf come as JSON, which every client reads. */
async function encoded(value: unknown, code: number, { form, pretty }: RenderOptions): Promise<Rendered> {
  if (form.media === 'protobuf') {
    const { encodeProtobuf } = await import('#kube/codec/protobuf');
    const { apiVersion, kind } = value as KubeObject;
    const bytes = encodeProtobuf(value as KubeObject, { apiVersion, kind });
    if (bytes !== undefined) return { code, contentType: PROTOBUF_TYPE, body: Buffer.from(bytes) };
  }
  if (form.media === 'yaml') {
    return { code, contentType: 'application/yaml', body: await encodeYaml(value) };
  }
  return { code, contentType: JSON_TYPE, body: JSON.stringify(value, undefined, pretty ? 2 : undefined) };
}
