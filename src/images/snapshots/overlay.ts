import type { Stats } from 'node:fs';
import { HakoError } from '#base';
import type { MountSpec } from '#system';
import type { IdMapping } from '../contract.ts';

/** mount(2) copies one page of options, its terminating NUL included. */
const MAX_OPTIONS_BYTES = 4095;

/**
 * Options beside the folders. `index` would make hard links of lower layers one file but ties the upper layer to its lowers;
 * `metacopy` and `redirect_dir` would put references to lower layers into the upper one, so that it could not be committed alone.
 */
const OPTIONS = 'index=off,metacopy=off,redirect_dir=off';

export interface OverlayFolders {
  /** The folder that holds all layers; `lowers` are paths below it, top first, under them our own base. */
  layersDir: string;
  lowers: readonly string[];
  upperDir: string;
  workDir: string;
  /** Show the lower files with these ids, by way of a mount at `at`. */
  mapped?: IdMapping & { at: string };
  volatile: boolean;
}

/** The overlay mount of a container. Layers are named by short relative paths, so that some 400 of them fit. */
export function overlayMount({ layersDir, lowers, upperDir, workDir, mapped, volatile }: OverlayFolders): MountSpec {
  if (/[,:\\]/.test(upperDir)) {
    throw new HakoError(
      'invalid',
      `overlayfs cannot use the folder ${upperDir}: choose a root folder without comma, colon or backslash`,
    );
  }
  const data = `lowerdir=${lowers.join(':')},upperdir=${upperDir},workdir=${workDir},${OPTIONS}${volatile ? ',volatile' : ''}`;
  if (Buffer.byteLength(data) > MAX_OPTIONS_BYTES) {
    throw new HakoError(
      'unsupported',
      `the image has ${lowers.length - 1} layers, which is more than overlayfs takes in one mount`,
    );
  }
  return {
    type: 'overlay',
    source: 'overlay',
    data,
    cwd: layersDir,
    ...(mapped === undefined ? {} : { mappedCwd: mapped }),
  };
}

/** Owner and mode that the root folder of a container has: those of its image's root, through the mapping. */
export function rootAttributes(imageRoot: Stats | undefined, mapping: IdMapping | undefined) {
  const shift = mapping?.hostId ?? 0;
  return {
    uid: (imageRoot?.uid ?? 0) + shift,
    gid: (imageRoot?.gid ?? 0) + shift,
    mode: imageRoot === undefined ? 0o755 : imageRoot.mode & 0o7777,
  };
}
