/** Sparse files in their four GNU encodings: old GNU headers, and PAX 0.0, 0.1 and 1.0 (GNU tar manual, "Sparse Formats"). */
import { HakoError } from '#base';
import type { BlockReader } from './blocks.ts';
import type { Fragment } from './entry.ts';
import { BLOCK_BYTES, parseNumber } from './header.ts';
import { type PaxRecord, parsePaxNumber } from './pax.ts';

/** More stretches than any real file has; a map of this length takes some megabytes. */
const MAX_FRAGMENTS = 100_000;

/** What an entry says of its sparse file. `mapBytes` of the stored bytes are the map itself (PAX 1.0). */
export interface SparseMap {
  fragments: Fragment[];
  realSize: number;
  mapBytes: number;
}

function damaged(what: string): HakoError {
  return new HakoError('invalid', `the tar archive is damaged: the map of a sparse file ${what}`);
}

/** Throws `invalid` unless the fragments ascend, stay within the file and are exactly `storedBytes` long. */
export function checkFragments(fragments: readonly Fragment[], realSize: number, storedBytes: number): void {
  let [end, total] = [0, 0];
  for (const { offset, length } of fragments) {
    if (offset < end || length < 0) throw damaged('overlaps');
    end = offset + length;
    total += length;
  }
  if (end > realSize) throw damaged('reaches beyond the end of the file');
  if (total !== storedBytes) throw damaged('does not match the data');
}

/** Collects fragments and refuses too many. */
class FragmentList {
  readonly fragments: Fragment[] = [];

  add(offset: number, length: number): void {
    if (this.fragments.length === MAX_FRAGMENTS) throw damaged(`has more than ${MAX_FRAGMENTS} pieces`);
    this.fragments.push({ offset, length });
  }
}

function gnuNumber(block: Buffer, start: number): number | undefined {
  return block[start] === 0 ? undefined : parseNumber(block, [start, 12], 'sparse map');
}

function addGnuPairs(list: FragmentList, block: Buffer, start: number, count: number): void {
  for (let index = 0; index < count; index++) {
    const offset = gnuNumber(block, start + index * 24);
    const length = gnuNumber(block, start + index * 24 + 12);
    if (offset === undefined || length === undefined) return;
    list.add(offset, length);
  }
}

/** Old GNU: 4 pairs in the header (at 386), then blocks of 21 pairs while a flag says that more follow. */
export async function readGnuSparse(header: Buffer, blocks: BlockReader): Promise<SparseMap> {
  const list = new FragmentList();
  addGnuPairs(list, header, 386, 4);
  const realSize = gnuNumber(header, 483) ?? 0;
  for (let more = header[482] !== 0; more; ) {
    const block = await blocks.exactly(BLOCK_BYTES);
    if (block === undefined) throw damaged('is truncated');
    addGnuPairs(list, block, 0, 21);
    more = block[504] !== 0;
  }
  return { fragments: list.fragments, realSize, mapBytes: 0 };
}

/** The sparse map that PAX records announce; undefined where they announce none. */
export async function readPaxSparse(
  records: readonly PaxRecord[],
  blocks: BlockReader,
): Promise<SparseMap | undefined> {
  const value = (key: string) => records.findLast(([name]) => name === `GNU.sparse.${key}`)?.[1];
  const realSize = value('realsize') ?? value('size');
  if (realSize === undefined) return undefined;
  const size = parsePaxNumber(realSize);
  if (value('major') === '1') return { realSize: size, ...(await readInlineMap(blocks)) };
  const map = value('map');
  const list = map === undefined ? pairsOfRecords(records) : pairsOfList(map);
  return { fragments: list.fragments, realSize: size, mapBytes: 0 };
}

/** PAX 0.1: one record `offset,length,offset,length,…`. */
function pairsOfList(map: string): FragmentList {
  const list = new FragmentList();
  const numbers = map === '' ? [] : map.split(',');
  if (numbers.length % 2 !== 0) throw damaged('is malformed');
  for (let index = 0; index < numbers.length; index += 2) {
    list.add(parsePaxNumber(numbers[index] ?? ''), parsePaxNumber(numbers[index + 1] ?? ''));
  }
  return list;
}

/** PAX 0.0: a pair of records for each fragment. */
function pairsOfRecords(records: readonly PaxRecord[]): FragmentList {
  const list = new FragmentList();
  let offset = 0;
  for (const [key, value] of records) {
    if (key === 'GNU.sparse.offset') offset = parsePaxNumber(value);
    if (key === 'GNU.sparse.numbytes') list.add(offset, parsePaxNumber(value));
  }
  return list;
}

/** PAX 1.0: the map is decimal lines at the start of the data, padded to a block. */
async function readInlineMap(blocks: BlockReader): Promise<{ fragments: Fragment[]; mapBytes: number }> {
  const lines = new LineReader(blocks);
  const list = new FragmentList();
  const count = parsePaxNumber(await lines.next(), MAX_FRAGMENTS);
  for (let index = 0; index < count; index++) {
    const offset = parsePaxNumber(await lines.next());
    list.add(offset, parsePaxNumber(await lines.next()));
  }
  return { fragments: list.fragments, mapBytes: lines.blockCount * BLOCK_BYTES };
}

/** Lines of whole blocks. */
class LineReader {
  readonly #blocks: BlockReader;
  #text = '';
  blockCount = 0;

  constructor(blocks: BlockReader) {
    this.#blocks = blocks;
  }

  async next(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const block = this.#text.length > 64 ? undefined : await this.#blocks.exactly(BLOCK_BYTES);
      if (block === undefined) throw damaged('is malformed');
      this.#text += block.toString('latin1');
      this.blockCount++;
    }
  }
}
