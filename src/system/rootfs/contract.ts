/** What is asked of a rootfs worker and what it answers: plain data, one JSON line each way. */
import type { MountSpec } from '../mount.ts';
import type { IdRange } from '../tree-mount.ts';

/** A folder or file of the host that the container sees at `target`. */
export interface VolumeMount {
  source: string;
  target: string;
  readOnly?: boolean;
}

/** The root that a worker enters before it touches hostile data, and does not leave before it is done with that data. */
export type Confinement =
  /** chroot(2) into a folder. */
  | { kind: 'directory'; dir: string }
  /**
   * The mount namespace of a running process: its root, its volumes. `startTicks` (field 22 of /proc/PID/stat) proves
   * that the pid still is the process that was meant.
   */
  | { kind: 'process'; pid: number; startTicks?: string }
  /** A private mount namespace in which `root` is mounted on `mountPoint`, and the volumes inside of it. */
  | { kind: 'mounts'; root: MountSpec; mountPoint: string; volumes: VolumeMount[] }
  /** `from` (a path inside a root) and `to` alone in the world, as /from and /to. */
  | { kind: 'pair'; from: { rootDir: string; root?: MountSpec; path: string }; to: string };

/** How much a hostile archive may make us do. */
export interface UnpackLimits {
  entries: number;
  /** Bytes of the archive when it is decompressed, and of the files with their holes. */
  bytes: number;
  /** Components of a path. */
  depth: number;
}

export const DEFAULT_LIMITS: UnpackLimits = { entries: 2_000_000, bytes: 64 * 2 ** 30, depth: 256 };

export interface Owner {
  uid: number;
  gid: number;
}

/** Docker's stat of a path in a container. */
export interface RootfsStat {
  name: string;
  size: number;
  /** Go's os.FileMode bits. */
  mode: number;
  mtimeMs: number;
  linkTarget: string;
}

export interface RootfsChange {
  path: string;
  kind: 'modified' | 'added' | 'deleted';
}

/** A layer blob and what is in it. */
export interface LayerFacts {
  /** Digest and length of the bytes as they were stored. */
  blobDigest: string;
  blobBytes: number;
  /** How the stored bytes are compressed. */
  compression: 'none' | 'gzip' | 'zstd';
  /** Digest of the uncompressed tar. */
  diffId: string;
  /** Bytes of the files in it. */
  contentBytes: number;
}

/** A folder that was made because a layer has something in it, but that the layer does not have itself. */
export interface ImpliedDirectory {
  /** One character a byte. */
  name: string;
  inode: number;
}

/** How a blob was compressed, exactly: whoever compresses the same bytes so gets the same blob. */
export type Compressor =
  | { format: 'none' }
  /** zlib; `header` is what stands before the deflate stream, in base64. */
  | { format: 'gzip'; level: number; memLevel: number; header: string }
  | { format: 'zstd'; level: number; checksum: boolean; contentSize?: number };

/** A regular file taken out of an archive, stored under a number instead of its name. */
export interface ExtractedFile {
  name: string;
  /** Name of the stored file in the target folder. */
  file: string;
  digest: string;
  bytes: number;
}

export interface ExtractedArchive {
  files: ExtractedFile[];
  /** Symbolic and hard links by name, with their targets as the archive has them. */
  links: { name: string; target: string; hard: boolean }[];
}

export interface Usage {
  /** Sum of file sizes, hard links counted once: what `docker ps --size` shows. */
  bytes: number;
  /** Bytes allocated on disk. */
  diskBytes: number;
  entries: number;
}

/** Each command with its parameters and the type of its answer. Archives come on standard input and leave on standard output. */
export interface Commands {
  /**
   * A layer tar from standard input or `inputPath` into the root, in overlayfs's format. `blobPath` receives the stored bytes. Without
   * `lowerDirs` (top first) the layers below are not there yet, and `settleLayer` has to follow where the answer says so. With `growing`
   * somebody is still writing the tar, and marks (`growthMark`) on standard input tell how far they are. What has to be settled is not
   * durable before it is. With `again` the worker takes another request of a layer afterwards, unless it failed.
   */
  unpackLayer: {
    parameters: {
      inputPath?: string;
      growing?: boolean;
      again?: boolean;
      blobPath?: string;
      lowerDirs?: string[];
      limits: UnpackLimits;
    };
    result: LayerFacts & { implied: ImpliedDirectory[] | 'too many' };
  };
  /** Gives folders that a layer did not bring itself what the layers below say of them, and makes the layer durable. */
  settleLayer: { parameters: { lowerDirs: string[]; implied: ImpliedDirectory[]; again?: boolean }; result: null };
  unpackArchive: {
    parameters: { path: string; noOverwriteDirNonDir: boolean; owner?: Owner; mapping?: IdRange; limits: UnpackLimits };
    result: null;
  };
  /** Regular files of an archive into the root, flat, under numbers. */
  extractFiles: { parameters: { limits: UnpackLimits }; result: ExtractedArchive };
  packTree: { parameters: { mapping?: IdRange }; result: null };
  /** The stat is sent before the first byte of the archive. */
  packPath: { parameters: { path: string; mapping?: IdRange }; result: null };
  /** The root is an overlay's upper folder: its changes become a layer tar, gzipped into `blobPath`. */
  packLayer: { parameters: { blobPath: string; mapping?: IdRange }; result: LayerFacts };
  /**
   * The root is a layer that was unpacked from the blob `inputPath`: `recipePath` receives how to make its tar again. Answers the
   * compressor that makes the same blob of it, proved by its digest; null where none of those we know does.
   */
  recordLayer: {
    parameters: { inputPath: string; recipePath: string; limits: UnpackLimits };
    result: { compressor: Compressor | null };
  };
  /** The opposite: root and recipe become the blob `blobPath` again. */
  remakeLayer: {
    parameters: { recipePath: string; blobPath: string; compressor: Compressor };
    result: Omit<LayerFacts, 'contentBytes'>;
  };
  stat: { parameters: { path: string }; result: RootfsStat };
  readFile: { parameters: { path: string; maxBytes: number }; result: { base64: string } };
  mkdirs: { parameters: { path: string; mode: number; uid: number; gid: number }; result: null };
  /** The root is an overlay's upper folder, `lowerDirs` what it lies on, top first. */
  changes: { parameters: { lowerDirs: string[] }; result: RootfsChange[] };
  usage: { parameters: Record<never, never>; result: Usage };
  /** Needs the confinement `pair`: copies /from onto /to. */
  copyTree: { parameters: Record<never, never>; result: null };
  /** Deletes everything in the root folder. */
  clear: { parameters: Record<never, never>; result: null };
}

export type CommandName = keyof Commands;

export type WorkerRequest = {
  [Name in CommandName]: { command: Name; confinement: Confinement } & Commands[Name]['parameters'];
}[CommandName];

/** What a worker sends, one JSON line each: that it begins where it is asked again, maybe a stat, then exactly one of result and error. */
export type WorkerMessage =
  | { begun: true }
  | { stat: RootfsStat }
  | { result: unknown }
  | { error: { code: string; message: string; errno?: string } };
