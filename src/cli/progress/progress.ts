/** Progress of loads, pulls and bootstraps: bars on a terminal, one line a change elsewhere. */
import type { ProgressMessage } from '../client/json-stream.ts';
import { humanSize } from '../format/units.ts';

export interface ProgressOptions {
  stream: NodeJS.WriteStream;
  quiet: boolean;
  /** Messages without a status, such as docker's `stream` lines; printed as they are. */
  onText?: (text: string) => void;
}

const BAR_WIDTH = 30;

/** Shows every message until the stream ends. Throws what the stream throws. */
export async function showProgress(messages: AsyncIterable<ProgressMessage>, options: ProgressOptions): Promise<void> {
  const board = options.stream.isTTY ? new Board(options.stream) : new Journal(options.stream);
  for await (const message of messages) {
    if (message.stream !== undefined) {
      if (options.onText !== undefined) options.onText(message.stream);
      else if (!options.quiet) options.stream.write(message.stream);
    } else if (!options.quiet && message.status !== undefined) board.show(message);
  }
}

/** Lines that are rewritten in place, one an id. */
class Board {
  readonly #stream: NodeJS.WriteStream;
  readonly #rows = new Map<string, number>();
  #height = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(message: ProgressMessage): void {
    const line = lineOf(message, this.#stream.columns);
    if (message.id === undefined) {
      this.#rows.clear();
      this.#height = 0;
      this.#stream.write(`${line}\n`);
      return;
    }
    const row = this.#rows.get(message.id);
    if (row !== undefined) this.#rewrite(this.#height - row, line);
    else {
      this.#rows.set(message.id, this.#height++);
      this.#stream.write(`${line}\n`);
    }
  }

  #rewrite(up: number, line: string): void {
    this.#stream.write(`\u001b[${up}A\r\u001b[2K${line}\u001b[${up}B\r`);
  }
}

/** For pipes and files: each new status once, without the bytes in between. */
class Journal {
  readonly #stream: NodeJS.WriteStream;
  readonly #last = new Map<string, string>();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show({ id, status = '' }: ProgressMessage): void {
    if (id !== undefined && this.#last.get(id) === status) return;
    if (id !== undefined) this.#last.set(id, status);
    this.#stream.write(`${id === undefined ? '' : `${id}: `}${status}\n`);
  }
}

function lineOf({ id, status = '', progressDetail = {} }: ProgressMessage, columns: number): string {
  const { current, total } = progressDetail;
  const head = `${id === undefined ? '' : `${id}: `}${status}`;
  const line = current === undefined ? head : `${head} ${bar(current, total)}`;
  return line.slice(0, Math.max(20, columns - 1));
}

function bar(current: number, total: number | undefined): string {
  if (total === undefined || total <= 0) return humanSize(current);
  const done = Math.min(BAR_WIDTH, Math.round((current / total) * BAR_WIDTH));
  return `[${'█'.repeat(done)}${'░'.repeat(BAR_WIDTH - done)}] ${humanSize(current)}/${humanSize(total)}`;
}
