import { execFile } from 'node:child_process';
import { errnoCode, HakoError } from '#base';
import {
  addElements,
  applyBatch,
  NetlinkError,
  NetlinkFamily,
  NetlinkSocket,
  type NftOperation,
  removeElements,
  removeTable,
  TableFamily,
  tableExists,
} from '#system/netlink';
import { redirectFlows } from '../ports/flows.ts';
import type { RuleElement } from './element.ts';
import { type NamedElements, noElements, renderTable } from './ruleset.ts';

/**
 * The instance's nftables table. It is written as a whole by `nft` when it is missing, and changed element by element
 * over netlink, which takes some tens of microseconds. What it should hold is kept here, so that it can be restored
 * after somebody flushed all rules.
 */
export class Firewall implements Disposable {
  readonly #table: string;
  readonly #elements = new Map<string, RuleElement>();
  readonly #socket = new NetlinkSocket(NetlinkFamily.NETFILTER);
  #writing: Promise<void> | undefined;
  #isDirty = false;

  constructor(table: string) {
    this.#table = table;
  }

  /** Makes sure that the table is in the kernel; costs one small question when it is. */
  async ensure(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#isDirty || !this.#isLoaded()) await this.rewrite();
  }

  /** Replaces the table by what it should be, in one transaction. */
  async rewrite(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#isDirty = false;
    this.#writing = runNft(renderTable(this.#table, this.#named()));
    try {
      await this.#writing;
    } catch (error) {
      this.#isDirty = true;
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  /**
   * Changes elements in one transaction: all of them or, where it throws, none. Where the kernel does not hold what it
   * should, the next `ensure` makes it so.
   */
  change(changes: { add?: readonly RuleElement[]; remove?: readonly RuleElement[] }): void {
    const wanted = new Map((changes.add ?? []).map((element) => [keyOf(element), element]));
    const removed = (changes.remove ?? []).filter((element) => {
      const isKept = wanted.get(keyOf(element))?.text === element.text;
      return !isKept && this.#elements.has(keyOf(element));
    });
    const added = [...wanted.values()].filter((element) => this.#elements.get(keyOf(element))?.text !== element.text);
    this.#apply([...this.#operations(removeElements, removed), ...this.#operations(addElements, added)]);
    for (const element of removed) this.#elements.delete(keyOf(element));
    for (const element of added) this.#elements.set(keyOf(element), element);
  }

  /** Notes what the table should hold without touching the kernel: `rewrite` follows. */
  replaceAll(elements: Iterable<RuleElement>): void {
    this.#elements.clear();
    for (const element of elements) this.#elements.set(keyOf(element), element);
  }

  /** Removes the table. */
  removeAll(): void {
    this.#elements.clear();
    if (this.#isLoaded())
      applyBatch(this.#socket, `remove table ${this.#table}`, [removeTable(TableFamily.INET, this.#table)]);
  }

  /** See `redirectFlows` of ports/flows.ts. */
  redirectFlows(route: NetlinkSocket, flows: { hostPort: number; targets: readonly string[] }): void {
    redirectFlows({ netfilter: this.#socket, route }, flows);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #isLoaded(): boolean {
    return tableExists(this.#socket, TableFamily.INET, this.#table);
  }

  /**
   * ENOENT tells that the kernel lost the table or elements of it, or that it is being written right now: the state kept
   * here goes first then, and the next `ensure` writes it all.
   */
  #apply(operations: readonly NftOperation[]): void {
    if (this.#writing !== undefined) {
      this.#isDirty = true;
      return;
    }
    try {
      applyBatch(this.#socket, `change rules of ${this.#table}`, operations);
    } catch (error) {
      if (!(error instanceof NetlinkError && ['ENOENT', 'EEXIST'].includes(error.code))) throw error;
      this.#isDirty = true;
    }
  }

  #operations(make: typeof addElements, elements: readonly RuleElement[]): NftOperation[] {
    const bySet = Map.groupBy(elements, ({ set }) => set);
    return [...bySet].map(([set, members]) =>
      make(
        { family: TableFamily.INET, table: this.#table, set },
        members.flatMap(({ bytes }) => bytes),
      ),
    );
  }

  #named(): NamedElements {
    const named = noElements();
    for (const { set, text } of this.#elements.values()) named[set].push(text);
    return named;
  }
}

/** What makes an element unique: its set and its key, which is the text before the colon of a map element. */
function keyOf({ set, text }: RuleElement): string {
  return `${set} ${text.split(' : ')[0]}`;
}

/** Applies `text` with `nft -f -`, which is one transaction. Throws `failed_precondition` with nft's complaint. */
function runNft(text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = execFile('nft', ['-f', '-'], { timeout: 30_000 }, (error, _stdout, stderr) => {
    if (error === null) return resolve();
    const advice = errnoCode(error) === 'ENOENT' ? 'install the package nftables' : stderr.trim();
    reject(
      new HakoError('failed_precondition', `network rules could not be written with nft: ${advice}`, { cause: error }),
    );
  });
  child.stdin?.on('error', () => child.kill());
  child.stdin?.end(text);
  return promise;
}
