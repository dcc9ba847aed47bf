import { groupVersion, internalError, isStatusError, type KubeObject } from '#kube/api';
import type { SinkEvent } from '../answer.ts';
import type { Endpoint } from '../resources/catalog.ts';
import { type CachedEntry, watchLine } from '../store/mod.ts';
import { type IncludeObject, partialMetadata, partialMetadataJson, rowJson, tableJson } from '../table.ts';
import type { Form } from './negotiate.ts';

/** How the lines of a watch are made. */
export interface LineOptions {
  readonly form: Form;
  readonly includeObject: IncludeObject;
}

/** Turns an object into the bytes of one event, for protobuf; JSON does without. */
export type LineEncoder = ((type: string, object: unknown) => Buffer) | undefined;

/** Bytes of events by their form, for as long as anybody has the events. */
const shared = new WeakMap<readonly SinkEvent[], Map<string, Buffer>>();

/** Makes the lines of one watch, in its form. */
export class WatchLines {
  readonly #endpoint: Endpoint;
  readonly #options: LineOptions;
  readonly #encode: LineEncoder;
  /** Watchers of the same form are sent the same bytes. */
  readonly #form: string;
  readonly #makeShared = (type: SinkEvent['type'], entry: CachedEntry) => this.#make(type, entry, false);
  #first = true;

  constructor(endpoint: Endpoint, options: LineOptions, encode: LineEncoder) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#encode = encode;
    const { media, as, version } = options.form;
    this.#form = `${media} ${as ?? ''} ${version} ${as === 'Table' ? options.includeObject : ''}`;
  }

  /** The lines of some events. Watchers that are told of the same array in the same form share the bytes. */
  events(events: readonly SinkEvent[]): Buffer {
    if (this.#options.form.as === 'Table' && this.#first)
      return Buffer.concat(events.map((event) => this.#event(event)));
    const forms = shared.get(events) ?? new Map<string, Buffer>();
    if (forms.size === 0) shared.set(events, forms);
    let bytes = forms.get(this.#form);
    if (bytes === undefined) {
      const lines = events.map((event) => this.#event(event));
      bytes = lines.length === 1 ? (lines[0] as Buffer) : Buffer.concat(lines);
      forms.set(this.#form, bytes);
    }
    return bytes;
  }

  /** An object that is there at the start. */
  initial(entry: CachedEntry): Buffer {
    return this.#make('ADDED', entry, this.#options.form.as === 'Table' && this.#takeFirst());
  }

  bookmark(revision: number, initialEventsEnd: boolean): Buffer {
    const { row, version } = this.#endpoint;
    const apiVersion = groupVersion({ group: row.group, version: version.name });
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    const bookmark = { kind: row.kind, apiVersion, metadata } as unknown as KubeObject;
    return this.#line('BOOKMARK', this.#bookmarkView(bookmark));
  }

  error(error: Error): Buffer {
    return this.#line('ERROR', (isStatusError(error) ? error : internalError(error.message, error)).toStatus());
  }

  #bookmarkView(bookmark: KubeObject): unknown {
    const { as, version } = this.#options.form;
    if (as === undefined) return bookmark;
    if (as !== 'Table') return partialMetadata(bookmark, version);
    const row = `{"cells":[],"object":${JSON.stringify(partialMetadata(bookmark, 'v1'))}}`;
    const metadata = { resourceVersion: bookmark.metadata.resourceVersion };
    return JSON.parse(tableJson(this.#endpoint, version, metadata, [row], this.#takeFirst()));
  }

  #event(event: SinkEvent): Buffer {
    if (this.#options.form.as === 'Table' && this.#takeFirst()) return this.#make(event.type, event.entry, true);
    return event.chunk(this.#form, this.#makeShared);
  }

  #make(type: SinkEvent['type'], entry: CachedEntry, withColumns: boolean): Buffer {
    const { form, includeObject } = this.#options;
    if (form.as === 'Table') {
      const row = rowJson(this.#endpoint, entry, includeObject, Date.now());
      const metadata = { resourceVersion: String(entry.revision) };
      return watchLine(type, tableJson(this.#endpoint, form.version, metadata, [row], withColumns));
    }
    if (this.#encode === undefined) {
      return watchLine(type, form.as === undefined ? entry.json : partialMetadataJson(entry, form.version));
    }
    const object = entry.glance(true) as KubeObject;
    return this.#encode(type, form.as === undefined ? object : partialMetadata(object, form.version));
  }

  #line(type: string, object: unknown): Buffer {
    if (this.#encode !== undefined) return this.#encode(type, object);
    return Buffer.from(`${JSON.stringify({ type, object })}\n`);
  }

  /** Only the first Table of a watch says what its columns are. */
  #takeFirst(): boolean {
    const first = this.#first;
    this.#first = false;
    return first;
  }
}
