import { errorMessage, HakoError, log, span } from '#base';
import type { ContainerTable } from './container-table.ts';
import { type Entry, newEntry } from './entry.ts';
import type { ContainerRecord, StoredState } from './record.ts';

/** All containers of the daemon: the table, and over it the entries in memory. */
export class ContainerStore {
  readonly #table: ContainerTable;
  readonly #byId = new Map<string, Entry>();
  readonly #idByName = new Map<string, string>();
  /** Whose state the disk did not take yet. */
  readonly #unwritten = new Set<Entry>();

  constructor(table: ContainerTable) {
    this.#table = table;
    for (const { record, state } of table.all()) this.#hold(newEntry(record, state));
  }

  #hold(entry: Entry): void {
    this.#byId.set(entry.record.id, entry);
    this.#idByName.set(entry.record.name, entry.record.id);
  }

  /** Adds a container; throws `conflict` when its name is taken. */
  insert(record: ContainerRecord, state: StoredState): Entry {
    this.requireFreeName(record.name);
    span('database', () => this.#table.insert(record, state));
    const entry = newEntry(record, state);
    this.#hold(entry);
    return entry;
  }

  /** Throws `conflict` when a container has the name. */
  requireFreeName(name: string): void {
    const holder = this.#idByName.get(name);
    if (holder === undefined) return;
    const advice = 'You have to remove (or rename) that container to be able to reuse that name.';
    throw new HakoError(
      'conflict',
      `Conflict. The container name "/${name}" is already in use by container "${holder}". ${advice}`,
    );
  }

  /** Replaces what the container is, also under a new name. */
  saveRecord(entry: Entry, record: ContainerRecord): void {
    if (record.name !== entry.record.name) this.requireFreeName(record.name);
    this.#table.saveRecord(record);
    this.#idByName.delete(entry.record.name);
    this.#idByName.set(record.name, record.id);
    entry.record = record;
  }

  /** Merges `changes` into the state and writes it. */
  saveState(entry: Entry, changes: Partial<StoredState>): void {
    const state = { ...entry.state, ...changes };
    span('database', () => this.#table.saveState(entry.record.id, state));
    entry.state = state;
    this.#unwritten.delete(entry);
    this.#catchUp();
  }

  /**
   * As `saveState`, for what has happened already or must not wait: it holds also where the disk is full, and is written
   * when there is room again. A daemon that dies before asks the kernel.
   */
  noteState(entry: Entry, changes: Partial<StoredState>): void {
    try {
      this.saveState(entry, changes);
    } catch (error) {
      log.error('the state of a container cannot be written', {
        container: entry.record.id,
        error: errorMessage(error),
      });
      entry.state = { ...entry.state, ...changes };
      this.#unwritten.add(entry);
    }
  }

  /** After a write that worked: the disk takes more now. */
  #catchUp(): void {
    const [entry] = this.#unwritten;
    if (entry !== undefined) this.noteState(entry, {});
  }

  delete(entry: Entry): void {
    span('database', () => this.#table.delete(entry.record.id));
    this.#byId.delete(entry.record.id);
    this.#idByName.delete(entry.record.name);
    this.#unwritten.delete(entry);
    this.#catchUp();
  }

  byId(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  all(): Entry[] {
    return [...this.#byId.values()];
  }

  /** By full id, by name (with or without its slash), or by unambiguous id prefix. */
  find(reference: string): Entry {
    const name = reference.startsWith('/') ? reference.slice(1) : reference;
    const direct = this.#byId.get(reference) ?? this.#byId.get(this.#idByName.get(name) ?? '');
    if (direct !== undefined) return direct;
    return this.#findByPrefix(reference);
  }

  #findByPrefix(reference: string): Entry {
    const isPrefix = /^[0-9a-f]{1,64}$/.test(reference);
    const matches = isPrefix ? this.all().filter((entry) => entry.record.id.startsWith(reference)) : [];
    const [first, second] = matches;
    if (second !== undefined) {
      throw new HakoError('invalid', `multiple IDs found with provided prefix: ${reference}: give more of the id`);
    }
    if (first === undefined) throw new HakoError('not_found', `No such container: ${reference}`);
    return first;
  }
}
