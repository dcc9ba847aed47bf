import { link } from 'node:fs/promises';
import { type Digest, errnoCode } from '#base';
import type { ContentStore } from '#images/content';

/** File systems without hard links, and files with too many of them. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV'];

/**
 * Makes a file a blob and leaves the file in its place, for the caller to remove once the database knows the blob. Who is killed between
 * the two finds what was received, and not nothing at all: recovery takes blobs that no repository has.
 */
export async function adoptLink(content: ContentStore, path: string, digest: Digest): Promise<void> {
  const linked = content.temporaryPath();
  try {
    await link(path, linked);
  } catch (error) {
    if (!NO_LINKS.includes(errnoCode(error) ?? '')) throw error;
    return content.adoptLater(path, digest);
  }
  await content.adoptLater(linked, digest);
}
