/** docker-archive: manifest.json names configuration and layers of each image by path (moby, image/spec/v1.2.md). */
import { type Digest, HakoError } from '#base';
import { normalizeTag } from '../reference.ts';
import { parseConfig } from '../unpack/spec.ts';
import type { ImageArchive } from './archive.ts';
import type { FoundImage } from './found-image.ts';

interface ManifestEntry {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

/** The images of a docker-archive; undefined where it has no manifest.json. */
export function readDockerArchive(archive: ImageArchive): FoundImage[] | undefined {
  return readEntries(archive)?.map((entry) => foundImage(archive, entry));
}

/** Names by configuration digest: an OCI layout in the same archive may leave them out. */
export function dockerNames(archive: ImageArchive): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const entry of readEntries(archive) ?? []) {
    const config = archive.find(entry.Config);
    if (config !== undefined)
      names.set(config.digest, [...(names.get(config.digest) ?? []), ...entry.RepoTags.map(normalizeTag)]);
  }
  return names;
}

function readEntries(archive: ImageArchive): ManifestEntry[] | undefined {
  const file = archive.find('manifest.json');
  if (file === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(archive.read(file).toString('utf8'));
  } catch (cause) {
    throw new HakoError('invalid', 'manifest.json of the archive is not JSON', { cause });
  }
  if (!Array.isArray(value)) throw new HakoError('invalid', 'manifest.json of the archive is not a list');
  return value.map(checkedEntry);
}

function checkedEntry(value: unknown): ManifestEntry {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { Config, RepoTags, Layers } = entry;
  const tags = RepoTags ?? [];
  if (typeof Config !== 'string' || !isTexts(tags) || !isTexts(Layers)) {
    throw new HakoError('invalid', 'manifest.json of the archive has a malformed entry');
  }
  return { Config, RepoTags: tags, Layers };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function foundImage(archive: ImageArchive, entry: ManifestEntry): FoundImage {
  const configFile = required(archive, entry.Config);
  const layers = entry.Layers.map((path) => {
    const file = required(archive, path);
    return { digest: file.digest as Digest, file };
  });
  return {
    configFile,
    config: parseConfig(archive.read(configFile)),
    manifest: undefined,
    layers,
    names: entry.RepoTags.map(normalizeTag),
    indexes: [],
  };
}

function required(archive: ImageArchive, path: string) {
  const file = archive.find(path);
  if (file !== undefined) return file;
  throw new HakoError('invalid', `the archive is incomplete: its manifest.json names ${path}, which is not in it`);
}
