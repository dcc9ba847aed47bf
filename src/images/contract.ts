/** What the images folder offers to the engine and the APIs. Types of the OCI image spec keep the spec's spelling. */
import type { Readable } from 'node:stream';
import type { Digest } from '#base';
import type { MountSpec } from '#system';
import type { BootstrapBusyboxOptions } from './bootstrap/busybox.ts';
import type { BootstrapDebianOptions } from './bootstrap/debian.ts';

/** The `config` object of an OCI image configuration (image-spec config.md), with Docker's extensions. */
export interface ImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, object>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, object>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  Healthcheck?: {
    Test?: string[];
    Interval?: number;
    Timeout?: number;
    Retries?: number;
    StartPeriod?: number;
    StartInterval?: number;
  };
  Shell?: string[];
  OnBuild?: string[];
}

export interface ImageHistory {
  created?: string;
  created_by?: string;
  comment?: string;
  author?: string;
  empty_layer?: boolean;
}

/** OCI image configuration (image-spec config.md). */
export interface ImageConfig {
  created?: string;
  author?: string;
  architecture: string;
  variant?: string;
  os: string;
  config?: ImageRunConfig;
  rootfs: { type: 'layers'; diff_ids: Digest[] };
  history?: ImageHistory[];
}

/** One image that is ready to run. `id` is the digest of its configuration, as Docker shows it. */
export interface Image {
  id: Digest;
  config: ImageConfig;
  /** Normalised names, `docker.io/library/nginx:1.25`-style in full. */
  tags: string[];
  /** `name@digest` references. */
  repoDigests: string[];
  /** Bytes of the unpacked layers. */
  sizeBytes: number;
  /** The same by layer, in the order of `config.rootfs.diff_ids`. */
  layerSizes: number[];
  createdAtMs: number;
  /** When it was last given one of its names; 0 where it has none. */
  taggedAtMs: number;
  parent?: Digest;
}

export interface ImportOptions {
  reference?: string;
  message?: string;
  platform?: string;
  /** Dockerfile instructions that change the configuration, such as `CMD ["nginx"]`. */
  changes?: readonly string[];
  signal?: AbortSignal;
}

/** One progress line for the JSON streams of Docker's API. */
export interface ImageProgress {
  id?: string;
  status: string;
  currentBytes?: number;
  totalBytes?: number;
  /** What programs read instead of words (docker's `aux`). */
  aux?: Record<string, unknown>;
}

/** What a user proves himself with at a registry: a password, a token that stands for one, or a bearer token. */
export type RegistryCredentials =
  | { username: string; password: string }
  | { username: string; identityToken: string }
  | { registryToken: string };

export interface TransferOptions {
  credentials?: RegistryCredentials;
  onProgress?: (progress: ImageProgress) => void;
  signal?: AbortSignal;
}

/** What a registry has under a name, without its content. */
export interface RemoteImageFacts {
  mediaType: string;
  digest: Digest;
  sizeBytes: number;
  platforms: { os: string; architecture: string; variant?: string }[];
}

export interface CommitOptions {
  reference?: string;
  author?: string;
  comment?: string;
  config: ImageRunConfig;
}

/** A change in a container's writable layer. Kinds as Docker counts them. */
export interface LayerChange {
  path: string;
  kind: 'modified' | 'added' | 'deleted';
}

/** A user namespace mapping: container ids 0…size-1 are host ids hostId…hostId+size-1. */
export interface IdMapping {
  hostId: number;
  size: number;
}

export interface RemovedImage {
  untagged?: string;
  /** The image that the name was taken from; of those that it stood for the one that was meant. */
  id?: Digest;
  deleted?: Digest;
  /** The chain id of a layer that went with the last image that had it. */
  layer?: Digest;
}

export interface ImagesDiskUsage {
  /** Bytes allocated on disk, as du(1) counts them: unpacked layers and blobs. */
  layersBytes: number;
  disk: { layersDiskBytes: number; blobsDiskBytes: number };
  /** Bytes of the files in each image's layers, those that other images have too and those that it has alone. */
  perImage: Map<Digest, { sharedBytes: number; uniqueBytes: number }>;
}

export interface Images {
  /** By name, `name@digest`, id or unambiguous id prefix. Throws `not_found` ("No such image: …") or `invalid`. */
  get(reference: string, options?: { platform?: string }): Image;
  list(): Image[];
  /** The folders of an image's layers, top first: what an overlay mount of it would be given. */
  layerPaths(image: Image): string[];
  tag(image: string, reference: string): void;
  /**
   * Untags, and deletes what no name and no container uses. Throws `conflict` where a container needs it (unless `force`).
   * With `platforms` the name loses only those, and keeps the others.
   */
  remove(
    reference: string,
    options: { force?: boolean; prune?: boolean; platforms?: readonly string[] },
  ): Promise<RemovedImage[]>;
  prune(options: {
    all: boolean;
    filter?: (image: Image) => boolean;
  }): Promise<{ removed: RemovedImage[]; reclaimedBytes: number }>;
  /** A root file system as a tar (plain, gzip, zstd, bzip2, xz) becomes a one-layer image. */
  importRootfs(tar: Readable, options: ImportOptions): Promise<Image>;
  /** Reads a docker-archive or an OCI layout tar, maybe compressed, or of it one platform; reports the images found. */
  load(
    tar: Readable,
    options: { platform?: string; onProgress?: (progress: ImageProgress) => void; signal?: AbortSignal },
  ): Promise<{ image: Image; reference?: string }[]>;
  /**
   * Writes the images as one tar that `docker load`, skopeo and podman read (docker-archive and OCI layout in one): all platforms that a
   * name has, or one.
   */
  save(references: readonly string[], options: { platform?: string; signal?: AbortSignal }): Promise<Readable>;
  /** Makes `debian:<suite>` from the mirror that this machine uses. */
  bootstrapDebian(options: BootstrapDebianOptions): Promise<Image>;
  /** Makes `busybox:latest` from the busybox-static of this machine. */
  bootstrapBusybox(options?: BootstrapBusyboxOptions): Promise<Image>;
  /** Fetches an image from its registry. Throws `not_found`, `unauthenticated`, `unavailable`, `invalid`. */
  pull(reference: string, options: TransferOptions & { platform?: string }): Promise<Image>;
  /** Sends a name's image to its registry; without a tag all tags of the repository. */
  push(reference: string, options: TransferOptions & { platform?: string; allTags?: boolean }): Promise<void>;
  /** Asks a registry what a name stands for. */
  inspectRemote(reference: string, options: TransferOptions): Promise<RemoteImageFacts>;
  /** Throws `unauthenticated` where the registry does not take the credentials. */
  checkCredentials(domain: string, options: TransferOptions): Promise<void>;
  /** A new image from a container's writable layer on its base image. */
  commit(snapshotKey: string, base: Image, options: CommitOptions): Promise<Image>;

  /**
   * To be called before an image is run; `reference` is the name that the user gave. Throws `forbidden` where the policy does not allow
   * it, and `failed_precondition` where the policy cannot be read.
   */
  verify(image: Image, reference?: string): void;

  snapshots: Snapshots;
  /** What images take. */
  diskUsage(): Promise<ImagesDiskUsage>;
  /** Marks images as needed; until disposed, `remove` and `prune` keep them. */
  setUsedBy(usedBy: (id: Digest) => string[]): void;
}

/** Writable layers of containers. A key is a container id. */
export interface Snapshots {
  /**
   * Makes the writable layer (idempotent); with `mapping` owned by the mapped root. `volatile` makes it never reach the disk on
   * purpose, which saves some milliseconds at the end: for containers that are removed when they exit.
   */
  prepare(key: string, image: Image | undefined, options: { mapping?: IdMapping; volatile?: boolean }): void;
  /**
   * The writable overlay mount of a prepared layer, to be mounted by the caller (a worker, in its own namespace). Only while it is not
   * mounted elsewhere: mounting a layer twice disturbs whoever writes through the first mount.
   */
  mountOf(key: string): MountSpec;
  /** A read-only overlay mount of the same files. May be used beside `mount`; then changes may be seen late. Cheap to unmount. */
  viewOf(key: string): MountSpec;
  /** Mounts it at the key's own mount point, unless it is mounted already; answers the path. */
  mount(key: string): string;
  /** Unmounts now. Blocks for milliseconds unless the layer is volatile, for the kernel syncs the file system: prefer `release`. */
  unmount(key: string): void;
  /** Unmounts without holding up the event loop. Idempotent. */
  release(key: string): Promise<void>;
  /** Removes the layer; unmounts first. Idempotent. */
  remove(key: string): Promise<void>;
  keys(): string[];
  /** The user namespace mapping that the layer was made for. */
  mappingOf(key: string): IdMapping | undefined;
  /** The host folder that holds the writable files (Docker's GraphDriver UpperDir etc.). */
  paths(key: string): { upperDir: string; workDir: string; mergedDir: string; lowerDirs: string[] };
  changes(key: string): Promise<LayerChange[]>;
  /** Bytes in the writable layer. */
  usageBytes(key: string): Promise<number>;
}
