import { HakoError, isHakoError } from '#base';
import type { Image, ImageProgress, TransferOptions } from '../../contract.ts';
import { formatPlatform, parsePlatform, platformOf, satisfies } from '../../platform.ts';
import { familiarName, formatReference, parseReference, type Reference, withDefaultTag } from '../../reference.ts';
import type { ImageStore } from '../../store.ts';
import { cancelledOr } from '../cancelled.ts';
import type { RemoteContext } from '../context.ts';
import { Repository } from '../registry/repository.ts';
import { UnfinishedPulls } from '../transfer/unfinished-pulls.ts';
import { type ChosenManifest, chooseManifest } from './choose.ts';
import { checkIsImage, fetchConfig } from './config.ts';
import { bringLayers } from './layers.ts';
import { registerPulled } from './register.ts';
import { signatureFetchers } from './signatures.ts';

export interface PullOptions extends TransferOptions {
  /** `linux/arm64`; by default the host's. */
  platform?: string;
}

/** Fetches an image with all that it needs to run. Progress comes in docker's words. Throws `not_found`, `unauthenticated`, … */
export async function pullImage(
  store: ImageStore,
  context: RemoteContext,
  text: string,
  options: PullOptions,
): Promise<Image> {
  try {
    return await pull(store, context, text, options);
  } catch (error) {
    throw cancelledOr(error, options.signal);
  }
}

async function pull(store: ImageStore, context: RemoteContext, text: string, options: PullOptions): Promise<Image> {
  const reference = withDefaultTag(parseReference(text));
  const { credentials, signal, onProgress = () => undefined } = options;
  using repository = new Repository(
    reference,
    context.optionsFor(reference.domain, async () => credentials),
  );
  const shown = familiarName(formatReference(reference));
  const chosen = await choose(repository, reference, shown, options);
  await store.verifier.verifyManifest(
    formatReference(reference),
    chosen.top.digest,
    signatureFetchers(repository, signal),
  );
  checkIsImage(chosen.manifest, shown);
  onProgress({ status: `Pulling from ${familiarPath(reference)}`, id: reference.digest ?? reference.tag ?? '' });
  const { image, isNew } = await bring(
    store,
    context,
    { repository, reference, chosen, shown },
    { ...options, onProgress },
  );
  onProgress({ status: `Digest: ${chosen.top.digest}` });
  const news = isNew ? 'Downloaded newer image for' : 'Image is up to date for';
  onProgress({ status: `Status: ${news} ${shown}` });
  return image;
}

/** docker.io's paths are shown short, those of others without their host. */
function familiarPath(reference: Reference): string {
  const { domain, path } = reference;
  return domain === 'docker.io' ? familiarName(`${domain}/${path}`) : path;
}

async function choose(
  repository: Repository,
  reference: Reference,
  shown: string,
  { platform, signal }: PullOptions,
): Promise<ChosenManifest> {
  try {
    return await chooseManifest(repository, reference.digest ?? reference.tag ?? 'latest', platform, signal);
  } catch (error) {
    throw inDockersWords(error, reference, shown);
  }
}

/** Registries hide what a user may not see: then both answers mean the same. */
function inDockersWords(error: unknown, reference: Reference, shown: string): unknown {
  if (isHakoError(error, 'unauthenticated') || isHakoError(error, 'forbidden')) {
    const name = familiarName(`${reference.domain}/${reference.path}`);
    return new HakoError(
      'not_found',
      `pull access denied for ${name}, repository does not exist or may require 'docker login' ('hako login'): ${error.message}`,
      { cause: error },
    );
  }
  if (isHakoError(error, 'not_found') && error.message.startsWith('manifest for ')) {
    const reason = error.message.slice(error.message.indexOf(': ') + 2);
    return new HakoError('not_found', `manifest for ${shown} not found: ${reason}`, { cause: error });
  }
  return error;
}

interface Found {
  repository: Repository;
  reference: Reference;
  chosen: ChosenManifest;
  shown: string;
}

async function bring(
  store: ImageStore,
  context: RemoteContext,
  { repository, reference, chosen, shown }: Found,
  { platform, signal, onProgress }: PullOptions & { onProgress: (progress: ImageProgress) => void },
): Promise<{ image: Image; isNew: boolean }> {
  using lease = store.content.lease();
  const { manifest } = chosen;
  lease.hold(manifest.config.digest);
  const { blob, config } = await fetchConfig(repository, manifest, signal);
  if (platform !== undefined && platform !== '') checkPlatform(platformOf(config), platform, shown);
  const unfinished = new UnfinishedPulls(store.database, store.pins);
  unfinished.begin(
    chosen.fetched.digest,
    manifest.layers.map(({ digest }) => digest),
    Date.now(),
  );
  const job = { store, context, repository, lease, onProgress, signal };
  await bringLayers(job, manifest.layers, config.rootfs.diff_ids);
  return registerPulled(store, unfinished, { reference, chosen, configBlob: blob, config }, lease);
}

/** An image that is no index may be for another platform than was asked for. */
function checkPlatform(offered: ReturnType<typeof platformOf>, wanted: string, shown: string): void {
  if (satisfies(offered, parsePlatform(wanted))) return;
  throw new HakoError(
    'not_found',
    `image with reference ${shown} was found but its platform (${formatPlatform(offered)}) does not match the specified platform (${wanted})`,
  );
}
