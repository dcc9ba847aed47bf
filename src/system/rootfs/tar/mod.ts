/** The tar codec: reads every common dialect, writes ustar with PAX headers. Knows nothing of file systems. */
export { archiveOf, type EntryWithBody, entryOf, streamOf } from './archive-of.ts';
export * from './entry.ts';
export type { PaxRecord } from './pax.ts';
export { TarReader } from './reader.ts';
export { END_OF_ARCHIVE, encodeEntry, type NewEntry, paddingOf, type Sink, TarWriter } from './writer.ts';
