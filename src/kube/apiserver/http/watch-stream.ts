import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorMessage, log } from '#base';
import { internalError } from '#kube/api';
import type { SinkEvent, WatchAnswer, WatchSink } from '../answer.ts';
import type { CachedEntry } from '../store/mod.ts';
import { inTurn } from '../turns.ts';
import { chunkOf, type Flushable, FlushRounds, type Framer } from './flush-rounds.ts';
import { type LineEncoder, type LineOptions, WatchLines } from './watch-lines.ts';

/** What may wait for a watcher, above what it got at first, before it is cut off: a client that does not read must not cost memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** The socket gets no more than this before it has drained; what waits is shared between watchers. */
const SOCKET_BYTES = 512 * 1024;
/** Objects that are there already are made lines of when they can be sent, so many at once. */
const PIECE_BYTES = 128 * 1024;

const rounds = new FlushRounds();

/** Sends a watch to a client, line by line, until the watch ends or the client goes. */
export function streamWatch(
  answer: WatchAnswer,
  response: ServerResponse,
  options: LineOptions,
  encode: LineEncoder,
): void {
  new WatchStream(answer, response, new WatchLines(answer.endpoint, options, encode), encode !== undefined);
}

class WatchStream implements WatchSink, Flushable {
  readonly #response: ServerResponse;
  readonly #lines: WatchLines;
  readonly #handle: Disposable;
  readonly #membership: Disposable;
  readonly #onDrain = () => this.#goOn();
  #socket: Socket | undefined;
  /** The objects that were there at the start, and how many of them are sent: before anything that waits. */
  #initial: CachedEntry[] = [];
  #sent = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isEnding = false;
  #closed = false;

  constructor(answer: WatchAnswer, response: ServerResponse, lines: WatchLines, isProtobuf: boolean) {
    this.#response = response;
    this.#lines = lines;
    const contentType = isProtobuf ? 'application/vnd.kubernetes.protobuf;stream=watch' : 'application/json';
    response.writeHead(200, { 'content-type': contentType });
    response.flushHeaders();
    this.#membership = rounds.join(this);
    response.on('close', () => this.#close());
    response.on('drain', this.#onDrain);
    // A request that was sent before the one ahead of it was answered waits for the connection.
    if (response.socket === null) response.once('socket', (socket: Socket) => this.#follow(socket));
    else this.#follow(response.socket);
    this.#handle = answer.start(this);
    if (this.#closed || this.#isEnding) this.#handle[Symbol.dispose]();
  }

  #follow(socket: Socket): void {
    if (this.#closed) return;
    this.#socket = socket;
    socket.on('drain', this.#onDrain);
  }

  onInitial(entries: readonly CachedEntry[]): void {
    if (this.#closed || this.#isEnding) return;
    for (const entry of entries) this.#initial.push(entry);
    this.#goOn();
  }

  onEvents(events: readonly SinkEvent[]): void {
    if (this.#closed || this.#isEnding) return;
    this.#add(this.#lines.events(events));
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#response.destroy();
    else rounds.soon(this);
  }

  onBookmark(revision: number, initialEventsEnd: boolean): void {
    if (this.#closed || this.#isEnding) return;
    this.#add(this.#lines.bookmark(revision, initialEventsEnd));
    this.flush(chunkOf);
  }

  onEnd(error: Error | undefined): void {
    if (error !== undefined) this.#add(this.#lines.error(error));
    this.#isEnding = true;
    this.flush(chunkOf);
  }

  /** Writes what waits, once the objects of the start are out. */
  flush(frame: Framer): void {
    if (this.#hasInitial) return;
    while (this.#waiting.length > 0 && this.#takesMore) this.#write(this.#nextLines(), frame);
    if (this.#isEnding && !this.#closed && this.#waiting.length === 0) this.#response.end();
  }

  #add(line: Buffer): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  get #hasInitial(): boolean {
    return this.#sent < this.#initial.length;
  }

  get #takesMore(): boolean {
    return !this.#closed && this.#response.writableLength < SOCKET_BYTES;
  }

  /** Nobody catches what is thrown here: it is called when the client has taken something, and when it is the watch's turn. */
  #goOn(): void {
    try {
      this.#sendMore();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An object cannot be shown in the form that the client wants: that is the end of this watch, and of nothing else. */
  #fail(error: unknown): void {
    log.error('a watch cannot go on', { error });
    this.#initial = [];
    this.#sent = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#handle?.[Symbol.dispose]();
    this.onEnd(internalError(errorMessage(error), error));
  }

  /** Sends the next objects of the start, and lets others have their turn before it goes on. */
  #sendMore(): void {
    if (this.#hasInitial) {
      if (!this.#takesMore) return;
      this.#write(this.#nextInitial(), chunkOf);
      if (this.#hasInitial) {
        inTurn(this.#onDrain);
        return;
      }
      this.#initial = [];
      this.#sent = 0;
    }
    this.flush(chunkOf);
  }

  #nextInitial(): Buffer[] {
    const lines: Buffer[] = [];
    for (let bytes = 0; this.#hasInitial && bytes < PIECE_BYTES; this.#sent++) {
      const line = this.#lines.initial(this.#initial[this.#sent] as CachedEntry);
      bytes += line.length;
      lines.push(line);
    }
    return lines;
  }

  /** As many lines as the socket should hold. */
  #nextLines(): Buffer[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && bytes < SOCKET_BYTES) bytes += (this.#waiting[count++] as Buffer).length;
    this.#waitingBytes -= bytes;
    if (count < this.#waiting.length) return this.#waiting.splice(0, count);
    const lines = this.#waiting;
    this.#waiting = [];
    return lines;
  }

  /** Bytes that are framed already go to the socket past the response, which would frame them once more for each watcher. */
  #write(lines: readonly Buffer[], frame: Framer): void {
    const { socket, chunkedEncoding } = this.#response;
    if (socket !== null && chunkedEncoding) socket.write(frame(lines));
    else this.#response.write(Buffer.concat(lines));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#membership[Symbol.dispose]();
    // The response has let go of it already where the connection stays for others.
    this.#socket?.off('drain', this.#onDrain);
    this.#initial = [];
    this.#sent = 0;
    this.#waiting = [];
    this.#handle?.[Symbol.dispose]();
  }
}
