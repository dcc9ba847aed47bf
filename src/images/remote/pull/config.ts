import { HakoError } from '#base';
import type { ImageConfig } from '../../contract.ts';
import { type Descriptor, MAX_DOCUMENT_BYTES, type Manifest, parseConfig } from '../../unpack/spec.ts';
import { readBounded } from '../http/body.ts';
import { openBlob } from '../registry/blobs.ts';
import { digestOf } from '../registry/manifests.ts';
import type { Repository } from '../registry/repository.ts';

const CONFIG_TYPES = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  'application/octet-stream',
  '',
];
const LAYER_TYPES =
  /^application\/vnd\.(oci\.image\.layer\.(nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(diff|foreign\.diff)\.tar)([.+](gzip|zstd))?$/;

/** Refuses what is no image before anything of it is fetched. */
export function checkIsImage({ config, layers }: Manifest, what: string): void {
  if (!CONFIG_TYPES.includes(config.mediaType)) {
    throw new HakoError('unsupported', `${what} is an artifact (${config.mediaType}), not an image that could run`);
  }
  const strange = layers.find(({ mediaType }) => mediaType !== '' && !LAYER_TYPES.test(mediaType));
  if (strange === undefined) return;
  throw new HakoError('unsupported', `${what} has a layer of the type ${strange.mediaType}, which cannot be unpacked`);
}

/** Fetches the image configuration and checks that it belongs to the manifest. */
export async function fetchConfig(
  repository: Repository,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<{ blob: Buffer; config: ImageConfig }> {
  const blob = await fetchSmallBlob(repository, manifest.config, signal);
  const config = parseConfig(blob);
  const { length } = config.rootfs.diff_ids;
  if (length === manifest.layers.length) return { blob, config };
  throw new HakoError(
    'invalid',
    `the image has ${manifest.layers.length} layers, but its configuration lists ${length}`,
  );
}

/** A blob that fits into memory, verified. */
export function fetchSmallBlob(
  repository: Repository,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  signal?: AbortSignal,
): Promise<Buffer> {
  if (size > MAX_DOCUMENT_BYTES)
    throw new HakoError('invalid', `blob ${digest} should be a document, but has ${size} bytes: refused`);
  return repository.with('pull', signal, async (client) => {
    const open = await openBlob(client, repository, digest, 0, signal);
    const bytes = open === undefined ? Buffer.alloc(0) : await readBounded(open.answer, size, `blob ${digest}`);
    const found = digestOf(bytes, digest.startsWith('sha512:') ? 'sha512' : 'sha256');
    if (found === digest && bytes.length === size) return bytes;
    throw new HakoError('invalid', `the registry sent a blob with the digest ${found}, expected was ${digest}`);
  });
}
