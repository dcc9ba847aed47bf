import type { Digest } from '#base';
import type { ExtractedFile } from '#system/rootfs';
import type { ImageConfig } from '../contract.ts';
import type { Manifest } from '../unpack/spec.ts';

/** An image as an archive describes it, before anything of it is stored. */
export interface FoundImage {
  configFile: ExtractedFile;
  config: ImageConfig;
  /** Undefined in a plain docker-archive, which has no OCI manifest: one is made. */
  manifest: { blob: Buffer; document: Manifest } | undefined;
  /** Blob digests and files of the layers, bottom first. A file is undefined where the store has the blob already. */
  layers: { digest: Digest; file: ExtractedFile | undefined }[];
  names: string[];
  /** Files of the indexes that led to it. */
  indexes: ExtractedFile[];
}
