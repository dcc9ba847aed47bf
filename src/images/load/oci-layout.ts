/** OCI image layout in a tar: index.json leads to manifests by digest (image-spec image-layout.md). */
import { type Digest, HakoError } from '#base';
import type { ExtractedFile } from '#system/rootfs';
import { normalizeTag, parseReference } from '../reference.ts';
import { type Descriptor, parseConfig, parseManifestOrIndex } from '../unpack/spec.ts';
import type { ImageArchive } from './archive.ts';
import { dockerNames } from './docker-archive.ts';
import type { FoundImage } from './found-image.ts';

/** Whether nobody has to bring a blob. */
type IsStored = (digest: Digest) => boolean;

const MAX_DEPTH = 4;
const MAX_MANIFESTS = 1000;

/** The images of an OCI layout, of every platform whose blobs are there; undefined where it is none. */
export function readOciLayout(archive: ImageArchive, isStored: IsStored): FoundImage[] | undefined {
  const file = archive.find('index.json');
  if (file === undefined || archive.find('oci-layout') === undefined) return undefined;
  const document = parseManifestOrIndex(archive.read(file), 'index.json');
  if (!('index' in document)) throw new HakoError('invalid', 'index.json of the archive is not an image index');
  const walk = new LayoutWalk(archive, isStored);
  for (const descriptor of document.index.manifests) walk.visit(descriptor, namesOf(descriptor), []);
  return walk.images();
}

class LayoutWalk {
  readonly #archive: ImageArchive;
  readonly #isStored: IsStored;
  readonly #found = new Map<string, FoundImage>();
  readonly #dockerNames: Map<string, string[]>;
  #visited = 0;
  #missing: string | undefined;

  constructor(archive: ImageArchive, isStored: IsStored) {
    this.#archive = archive;
    this.#isStored = isStored;
    this.#dockerNames = dockerNames(archive);
  }

  images(): FoundImage[] {
    if (this.#found.size > 0) return [...this.#found.values()];
    const reason = this.#missing === undefined ? 'its index is empty' : `blob ${this.#missing} is missing`;
    throw new HakoError('invalid', `the archive holds no complete image: ${reason}`);
  }

  /** `above` are the indexes that lead to it. */
  visit(descriptor: Descriptor, names: readonly string[], above: readonly ExtractedFile[]): void {
    if (++this.#visited > MAX_MANIFESTS || above.length > MAX_DEPTH)
      throw new HakoError('invalid', 'the index of the archive is too large or too deep');
    if (isAttestation(descriptor)) return;
    const file = this.#archive.findDigest(descriptor.digest);
    if (file === undefined) {
      this.#missing = descriptor.digest;
      return;
    }
    const blob = this.#archive.read(file);
    const document = parseManifestOrIndex(blob, `manifest ${descriptor.digest}`);
    if ('index' in document) {
      for (const child of document.index.manifests) this.visit(child, [...names, ...namesOf(child)], [...above, file]);
    } else this.#addManifest(descriptor, { blob, document: document.manifest }, names, above);
  }

  #addManifest(
    descriptor: Descriptor,
    manifest: NonNullable<FoundImage['manifest']>,
    names: readonly string[],
    above: readonly ExtractedFile[],
  ): void {
    const known = this.#found.get(descriptor.digest);
    if (known !== undefined) {
      known.names = [...new Set([...known.names, ...names])];
      known.indexes = [...new Set([...known.indexes, ...above])];
      return;
    }
    const { config: configuration, layers: descriptors } = manifest.document;
    const configFile = this.#archive.findDigest(configuration.digest);
    const layers = descriptors.map(({ digest }) => ({ digest, file: this.#archive.findDigest(digest) }));
    const absent = layers.find(({ digest, file }) => file === undefined && !this.#isStored(digest));
    if (configFile === undefined || absent !== undefined) {
      this.#missing = absent?.digest ?? configuration.digest;
      return;
    }
    const config = parseConfig(this.#archive.read(configFile));
    const allNames = [...new Set([...names, ...(this.#dockerNames.get(configFile.digest) ?? [])])];
    this.#found.set(descriptor.digest, {
      configFile,
      config,
      manifest,
      layers,
      names: allNames,
      indexes: [...above],
    });
  }
}

/** buildx puts attestations beside images, as manifests of an unknown platform. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] !== undefined || platform?.os === 'unknown';
}

/** containerd and Docker write the whole name; podman and skopeo write a name or only a tag, which alone is no name. */
function namesOf({ annotations }: Descriptor): string[] {
  const whole = annotations?.['io.containerd.image.name'];
  if (whole !== undefined) return [normalizeTag(whole)];
  const name = annotations?.['org.opencontainers.image.ref.name'];
  if (name === undefined || (!name.includes('/') && !name.includes(':'))) return [];
  return parseReference(name).digest === undefined ? [normalizeTag(name)] : [];
}
