import type { ServerResponse } from 'node:http';
import { groupVersion, internalError, isStatusError, type KubeObject } from '#kube/api';
import type { SinkEvent, WatchAnswer, WatchSink } from '../answer.ts';
import { type CachedEntry, watchLine } from '../store/mod.ts';
import { type IncludeObject, partialMetadata, rowJson, tableJson } from '../table.ts';
import type { Form } from './negotiate.ts';

/** What may wait for a watcher, above what it got at first, before it is cut off: a client that does not read must not cost memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** The socket gets no more than this before it has drained; what waits is shared between watchers. */
const SOCKET_BYTES = 512 * 1024;
/** Events of this time go out together when watchers are many: one write costs as much as ten events. */
const GATHER_MS = 20;
const MANY_WATCHERS = 64;

let openStreams = 0;

/** How the lines of a watch are made. */
interface LineOptions {
  readonly form: Form;
  readonly includeObject: IncludeObject;
}

/** Sends a watch to a client, line by line, until the watch ends or the client goes. */
export function streamWatch(
  answer: WatchAnswer,
  response: ServerResponse,
  options: LineOptions,
  encode: LineEncoder,
): void {
  new WatchStream(answer, response, options, encode);
}

/** Turns an object into the bytes of one event, for protobuf; JSON does without. */
export type LineEncoder = ((type: string, object: unknown) => Buffer) | undefined;

class WatchStream implements WatchSink {
  readonly #answer: WatchAnswer;
  readonly #response: ServerResponse;
  readonly #options: LineOptions;
  readonly #encode: LineEncoder;
  readonly #form: string;
  readonly #handle: Disposable;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #allowedBytes = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #first = true;
  #closed = false;

  constructor(answer: WatchAnswer, response: ServerResponse, options: LineOptions, encode: LineEncoder) {
    this.#answer = answer;
    this.#response = response;
    this.#options = options;
    this.#encode = encode;
    const { media, as, version } = options.form;
    this.#form = `${media} ${as ?? ''} ${version} ${as === 'Table' ? options.includeObject : ''}`;
    response.writeHead(200, {
      'content-type': encode === undefined ? 'application/json' : `${PROTOBUF_TYPE};stream=watch`,
    });
    response.flushHeaders();
    openStreams++;
    response.on('close', () => this.#close());
    response.on('drain', () => this.#flush());
    this.#handle = answer.start(this);
    this.#allowedBytes = this.#waitingBytes + MAX_WAITING_BYTES;
    if (this.#closed) this.#handle[Symbol.dispose]();
  }

  onEvents(events: readonly SinkEvent[]): void {
    if (this.#closed) return;
    for (const event of events) this.#add(this.#line(event));
    if (this.#waitingBytes > this.#allowedBytes) this.#response.destroy();
    else this.#soon();
  }

  onBookmark(revision: number, initialEventsEnd: boolean): void {
    const { row, version } = this.#answer.endpoint;
    const apiVersion = groupVersion({ group: row.group, version: version.name });
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    const bookmark = { kind: row.kind, apiVersion, metadata } as unknown as KubeObject;
    this.#add(this.#lineOf('BOOKMARK', this.#bookmarkView(bookmark)));
    this.#flush();
  }

  onEnd(error: Error | undefined): void {
    if (error !== undefined) this.#add(this.#lineOf('ERROR', statusOf(error)));
    if (this.#closed) return;
    for (const line of this.#waiting) this.#response.write(line);
    this.#waiting = [];
    this.#response.end();
  }

  #add(line: Buffer): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  #bookmarkView(bookmark: KubeObject): unknown {
    const { as, version } = this.#options.form;
    if (as === undefined) return bookmark;
    if (as !== 'Table') return partialMetadata(bookmark, version);
    const row = `{"cells":[],"object":${JSON.stringify(partialMetadata(bookmark, 'v1'))}}`;
    const metadata = { resourceVersion: bookmark.metadata.resourceVersion };
    return JSON.parse(tableJson(this.#answer.endpoint, version, metadata, [row], this.#takeFirst()));
  }

  #line(event: SinkEvent): Buffer {
    if (this.#options.form.as === 'Table' && this.#takeFirst()) return this.#make(event.type, event.entry, true);
    return event.chunk(this.#form, (type, entry) => this.#make(type, entry, false));
  }

  #make(type: SinkEvent['type'], entry: CachedEntry, withColumns: boolean): Buffer {
    const { form, includeObject } = this.#options;
    const { endpoint } = this.#answer;
    if (form.as === 'Table') {
      const row = rowJson(endpoint, entry, includeObject, Date.now());
      return watchLine(
        type,
        tableJson(endpoint, form.version, { resourceVersion: String(entry.revision) }, [row], withColumns),
      );
    }
    if (form.as !== undefined) return this.#lineOf(type, partialMetadata(entry.object as KubeObject, form.version));
    return this.#encode === undefined ? watchLine(type, entry.json) : this.#encode(type, entry.object);
  }

  #lineOf(type: string, object: unknown): Buffer {
    if (this.#encode !== undefined) return this.#encode(type, object);
    return Buffer.from(`${JSON.stringify({ type, object })}\n`);
  }

  /** Only the first Table of a watch says what its columns are. */
  #takeFirst(): boolean {
    const first = this.#first;
    this.#first = false;
    return first;
  }

  #soon(): void {
    if (openStreams < MANY_WATCHERS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0 && !this.#closed && this.#response.writableLength < SOCKET_BYTES) this.#writeSome();
  }

  /** Writes as many lines as the socket should hold, as one chunk. */
  #writeSome(): void {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && bytes < SOCKET_BYTES) bytes += (this.#waiting[count++] as Buffer).length;
    const lines = this.#waiting.splice(0, count);
    this.#waitingBytes -= bytes;
    this.#response.write(lines.length === 1 ? lines[0] : Buffer.concat(lines));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    openStreams--;
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#handle?.[Symbol.dispose]();
  }
}

const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

function statusOf(error: Error): unknown {
  return (isStatusError(error) ? error : internalError(error.message, error)).toStatus();
}
