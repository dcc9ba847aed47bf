/** Follows the statistics of containers; of all that run, also those that start later. */
import { type ApiClient, containerPath } from './client/api.ts';
import { jsonLines } from './client/json-stream.ts';
import { CliError } from './errors.ts';
import type { StatsAnswer, StatsRow } from './rows/stats.ts';

export interface StatsOptions {
  /** Containers to follow; none means all. */
  names: readonly string[];
  /** Stopped containers too. */
  all: boolean;
  /** Go on measuring; otherwise one answer each. */
  stream: boolean;
}

interface EventMessage {
  Action?: string;
  status?: string;
  Actor?: { ID?: string };
  id?: string;
}

export class StatsWatch {
  readonly #api: ApiClient;
  readonly #options: StatsOptions;
  readonly #rows = new Map<string, StatsRow>();
  #ended: Promise<unknown> = Promise.resolve();

  constructor(api: ApiClient, options: StatsOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** Settles when all streams have ended; those of named containers end with them. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  rows(): StatsRow[] {
    return [...this.#rows.values()];
  }

  /** Throws CliError when a named container is not there. */
  async open(): Promise<void> {
    const { names, all, stream } = this.#options;
    if (names.length > 0) {
      const ids = await Promise.all(names.map((name) => this.#api.get<{ Id: string }>(containerPath(name, '/json'))));
      this.#ended = Promise.all(ids.map(({ Id }) => this.#follow(Id)));
      return;
    }
    // Events first: a container that starts between the two is in one of them.
    const events = stream
      ? await this.#api.request('GET', '/events', { query: { filters: '{"type":["container"]}' } })
      : undefined;
    const listed = await this.#api.get<{ Id: string }[]>('/containers/json', { all: all || undefined });
    const followed = Promise.all(listed.map(({ Id }) => this.#follow(Id)));
    this.#ended = events === undefined ? followed : this.#followEvents(events.body);
  }

  async #followEvents(body: AsyncIterable<Buffer>): Promise<void> {
    for await (const event of jsonLines<EventMessage>(body)) {
      const action = event.Action ?? event.status ?? '';
      const id = event.Actor?.ID ?? event.id ?? '';
      if (action === 'start' || (this.#options.all && action === 'create')) void this.#follow(id);
      if (action === 'destroy' || (action === 'die' && !this.#options.all)) this.#rows.delete(id);
    }
  }

  /** Keeps one row up to date; a container that goes away takes its row with it. */
  async #follow(id: string): Promise<void> {
    const row: StatsRow = this.#rows.get(id) ?? { id, name: '', answer: undefined };
    this.#rows.set(id, row);
    try {
      const query = { stream: this.#options.stream };
      const { body } = await this.#api.request('GET', containerPath(id, '/stats'), { query });
      for await (const answer of jsonLines<StatsAnswer>(body)) {
        row.name = (answer.name ?? '').replace(/^\//, '');
        row.answer = answer;
      }
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.#rows.delete(id);
    }
  }
}
