import { groupVersion, type KubeObject, notAcceptable, type Status } from '#kube/api';
import type { Answer, ListAnswer, ObjectAnswer } from '../answer.ts';
import { CachedEntry, toText } from '../store/mod.ts';
import { type IncludeObject, partialMetadata, rowJson, tableJson } from '../table.ts';
import type { Form } from './negotiate.ts';

/** An answer as it goes over the wire; large lists come in pieces. */
export interface Rendered {
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Buffer | Iterable<string>;
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
const PIECE_ENTRIES = 64;

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
  const { form } = options;
  const { endpoint, metadata } = answer;
  const entries = answer.convert === undefined ? answer.entries : await convertEntries(answer);
  if (form.as === 'Table') {
    const rows = entries.map((entry) => rowJson(endpoint, entry, options.includeObject, options.nowMs));
    return { code: 200, contentType: JSON_TYPE, body: tableJson(endpoint, form.version, metadata, rows) };
  }
  if (form.as !== undefined) {
    const items = entries.map((entry) => partialMetadata(entry.object as KubeObject, form.version));
    const list = { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.version}`, metadata, items };
    return encoded(list, 200, options);
  }
  const { row, version } = endpoint;
  const head = {
    kind: row.listKind ?? `${row.kind}List`,
    apiVersion: groupVersion({ group: row.group, version: version.name }),
    metadata,
  };
  if (form.media !== 'json' || options.pretty) {
    return encoded({ ...head, items: entries.map((entry) => entry.object) }, 200, options);
  }
  return { code: 200, contentType: JSON_TYPE, body: listPieces(JSON.stringify(head), entries) };
}

function* listPieces(head: string, entries: readonly CachedEntry[]): Iterable<string> {
  let piece = `${head.slice(0, -1)},"items":[`;
  for (let at = 0; at < entries.length; at++) {
    piece += at === 0 ? (entries[at] as CachedEntry).json : `,${(entries[at] as CachedEntry).json}`;
    if (at % PIECE_ENTRIES === PIECE_ENTRIES - 1) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]}`;
}

async function convertEntries({ entries, convert }: ListAnswer): Promise<CachedEntry[]> {
  const objects = (await convert?.(entries.map((entry) => entry.copy()))) ?? [];
  return objects.map(entryOf);
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
    const { stringify } = await import('yaml');
    return { code, contentType: 'application/yaml', body: stringify(value) };
  }
  return { code, contentType: JSON_TYPE, body: JSON.stringify(value, undefined, pretty ? 2 : undefined) };
}
