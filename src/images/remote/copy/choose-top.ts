/** What of a source is copied: all of it, or the image of one platform. */
import { HakoError } from '#base';
import { formatPlatform, hostPlatform, type Platform, parsePlatform, platformOf, satisfies } from '../../platform.ts';
import { type Descriptor, type Index, MAX_DOCUMENT_BYTES, parseConfig } from '../../unpack/spec.ts';
import { isAttestation, parseFetched } from '../pull/choose.ts';
import { digestOf, type FetchedManifest } from '../registry/manifests.ts';
import type { CopySource } from './contract.ts';

/** Configurations that say for which platform an image is; those of artifacts do not. */
const CONFIG_TYPES = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];

/**
 * The document to copy. With `platform` the image for that, of an index as well as where there is only one. `isForOne`: the target
 * holds one image, so of an index it is the host's. Throws `not_found` where the source has nothing for the platform.
 */
export async function chooseTop(
  source: CopySource,
  platform: string | undefined,
  isForOne: boolean,
): Promise<FetchedManifest> {
  const top = await source.top();
  const wanted = platform ? parsePlatform(platform) : undefined;
  if (wanted === undefined && !isForOne) return top;
  const document = parseFetched(top, 'the image');
  if ('index' in document) return source.manifest(entryFor(document.index, wanted ?? hostPlatform()));
  if (wanted !== undefined) await checkPlatform(source, document.manifest.config, wanted);
  return top;
}

function entryFor(index: Index, wanted: Platform): Descriptor {
  const images = index.manifests.flatMap((entry) => {
    const { platform } = entry;
    return platform === undefined || isAttestation(entry)
      ? []
      : [{ entry, platform: parsePlatform(formatPlatform(platform)) }];
  });
  const found = images.find(({ platform }) => satisfies(platform, wanted));
  if (found !== undefined) return found.entry;
  const offered = images.map(({ platform }) => formatPlatform(platform)).join(', ') || 'none';
  throw new HakoError('not_found', `the image has nothing for ${formatPlatform(wanted)}: there are ${offered}`);
}

/** An image without an index says in its configuration for which platform it is. */
async function checkPlatform(source: CopySource, config: Descriptor, wanted: Platform): Promise<void> {
  if (!CONFIG_TYPES.includes(config.mediaType)) return;
  const offered = platformOf(parseConfig(await readDocument(source, config)));
  if (satisfies(offered, wanted)) return;
  throw new HakoError(
    'not_found',
    `the image has nothing for ${formatPlatform(wanted)}: it is for ${formatPlatform(offered)} only`,
  );
}

async function readDocument(source: CopySource, blob: Descriptor): Promise<Buffer> {
  const { digest, size } = blob;
  if (size > MAX_DOCUMENT_BYTES || size === 0)
    throw new HakoError('invalid', `the configuration ${digest} has ${size} bytes: refused`);
  const chunks: Buffer[] = [];
  for await (const chunk of source.open(blob, { start: 0, end: size - 1 })) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const found = digestOf(bytes, digest.startsWith('sha512:') ? 'sha512' : 'sha256');
  if (found === digest) return bytes;
  throw new HakoError('invalid', `the configuration ${digest} is damaged: it has the digest ${found}`);
}
