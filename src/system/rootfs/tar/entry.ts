import type { FileTime } from '../../node.ts';
import type { ByteString } from '../bytes.ts';

export type EntryType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

/** A stretch of a sparse file that has data. */
export interface Fragment {
  offset: number;
  length: number;
}

/** One entry of an archive with all extensions applied. Names are as they came: never trust them. */
export interface TarEntry {
  name: ByteString;
  type: EntryType;
  /** Permission bits with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of the file, holes included. 0 unless `type` is file. */
  size: number;
  mtime: FileTime;
  linkName: ByteString;
  devMajor: number;
  devMinor: number;
  xattrs: ReadonlyMap<string, Buffer>;
  /** Where the stored bytes belong, in order; undefined: they are the file. */
  fragments: readonly Fragment[] | undefined;
}
