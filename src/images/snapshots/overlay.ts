import type { Stats } from 'node:fs';
import { HakoError } from '#base';
import { MountFlag, type MountSpec } from '#system';
import type { IdMapping } from '../contract.ts';

/** mount(2) copies one page of options, its terminating NUL included. */
const MAX_OPTIONS_BYTES = 4095;

/**
 * Options beside the folders. `index` would make hard links of lower layers one file but ties the upper layer to its lowers;
 * `metacopy` and `redirect_dir` would put references to lower layers into the upper one, so that it could not be committed alone.
 */
const OPTIONS = 'index=off,metacopy=off,redirect_dir=off';

export interface OverlayFolders {
  /** The folder that holds all layers; relative `lowers` are paths below it, top first, under them our own base. */
  layersDir: string;
  lowers: readonly string[];
  /** Undefined: read-only. */
  writable: { upperDir: string; workDir: string; volatile: boolean } | undefined;
  /** Show the files below `layersDir` with these ids, by way of a mount at `at`. */
  mapped: (IdMapping & { at: string }) | undefined;
}

/** The overlay mount of a container. Layers are named by short relative paths, so that some 400 of them fit. */
export function overlayMount({ layersDir, lowers, writable, mapped }: OverlayFolders): MountSpec {
  checkPath(writable?.upperDir ?? lowers[0] ?? '');
  const data = `lowerdir=${lowers.join(':')}${writable === undefined ? '' : writableOptions(writable)},${OPTIONS}`;
  if (Buffer.byteLength(data) > MAX_OPTIONS_BYTES) {
    throw new HakoError(
      'unsupported',
      `the image has ${lowers.length - (writable === undefined ? 2 : 1)} layers, which is more than overlayfs takes in one mount`,
    );
  }
  const flags = writable === undefined ? MountFlag.RDONLY : 0;
  return {
    type: 'overlay',
    source: 'overlay',
    flags,
    data,
    cwd: layersDir,
    ...(mapped === undefined ? {} : { mappedCwd: mapped }),
  };
}

function writableOptions({ upperDir, workDir, volatile }: NonNullable<OverlayFolders['writable']>): string {
  return `,upperdir=${upperDir},workdir=${workDir}${volatile ? ',volatile' : ''}`;
}

function checkPath(path: string): void {
  if (!/[,:\\]/.test(path)) return;
  throw new HakoError(
    'invalid',
    `overlayfs cannot use the folder ${path}: choose a root folder without comma, colon or backslash`,
  );
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
