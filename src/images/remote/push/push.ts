import { type Digest, digestHex, HakoError, shortId } from '#base';
import { transaction } from '#state';
import type { Lease } from '../../content/mod.ts';
import type { ImageProgress, TransferOptions } from '../../contract.ts';
import {
  familiarName,
  formatReference,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../../reference.ts';
import type { ImageStore } from '../../store.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { cancelledOr } from '../cancelled.ts';
import type { RemoteContext } from '../context.ts';
import { putManifest } from '../registry/manifests.ts';
import { Repository } from '../registry/repository.ts';
import { type BlobSource, type UploadResult, uploadBlob } from '../transfer/upload.ts';
import { StoredUploadSessions } from '../transfer/upload-sessions.ts';
import { type PlannedManifest, type PushPlan, planPush } from './plan.ts';

export interface PushOptions extends TransferOptions {
  platform?: string;
  allTags?: boolean;
}

/** Everything that the parts of one push share. */
interface PushJob {
  store: ImageStore;
  context: RemoteContext;
  repository: Repository;
  reference: Reference;
  sessions: StoredUploadSessions;
  onProgress: (progress: ImageProgress) => void;
  signal: AbortSignal;
}

/** Sends an image, or all tags of a repository, to the registry in its name. Progress comes in docker's words. */
export async function pushImage(
  store: ImageStore,
  context: RemoteContext,
  text: string,
  options: PushOptions,
): Promise<void> {
  try {
    await push(store, context, text, options);
  } catch (error) {
    throw cancelledOr(error, options.signal);
  }
}

async function push(store: ImageStore, context: RemoteContext, text: string, options: PushOptions): Promise<void> {
  const parsed = parseReference(text);
  if (parsed.digest !== undefined) throw new HakoError('invalid', 'cannot push a digest reference: give a tag');
  const references = options.allTags ? allTags(store, parsed) : [withDefaultTag(parsed)];
  const plans = references.map((reference) => ({ reference, plan: planFor(store, reference, options.platform) }));
  const { credentials, onProgress = () => undefined, signal } = options;
  using repository = new Repository(
    parsed,
    context.optionsFor(parsed.domain, async () => credentials),
  );
  onProgress({ status: `The push refers to repository [${familiarName(repositoryOf(parsed))}]` });
  const sessions = new StoredUploadSessions(store.database);
  for (const { reference, plan } of plans) {
    // The first failure ends the other uploads.
    const failure = new AbortController();
    const either = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
    const job: PushJob = { store, context, repository, reference, sessions, onProgress, signal: either };
    await pushPlan(job, plan, failure);
  }
}

function allTags(store: ImageStore, wanted: Reference): Reference[] {
  const tags = store.images.all().flatMap((image) => image.tags.map(parseReference));
  const own = tags.filter((reference) => repositoryOf(reference) === repositoryOf(wanted));
  if (own.length === 0) throw notHere(wanted);
  return [...new Map(own.map((reference) => [reference.tag, reference])).values()];
}

function planFor(store: ImageStore, reference: Reference, platform: string | undefined): PushPlan {
  const images = store.names.find(formatReference(reference));
  if (images.length === 0) throw notHere(reference);
  return planPush(store, images, platform);
}

function notHere(reference: Reference): HakoError {
  const name = familiarName(repositoryOf(reference));
  return new HakoError('not_found', `An image does not exist locally with the tag: ${name}`);
}

/** Registries refuse an index that names what they do not have. */
const PARTIAL =
  'Only the platforms that are here are pushed, not the whole index: pull the others with --platform, or copy it with "hako image copy"';

async function pushPlan(job: PushJob, plan: PushPlan, failure: AbortController): Promise<void> {
  const { store, repository, reference, onProgress, signal } = job;
  using lease = store.content.lease();
  for (const { document, manifest } of plan.manifests)
    for (const { digest } of [document, manifest.config, ...manifest.layers]) lease.hold(digest);
  if (plan.isPartial) onProgress({ status: PARTIAL });
  const work = blobsOf(plan.manifests).map((blob) => pushBlob(job, blob, lease));
  await allOrNone(work, failure);
  if (plan.top.digest !== plan.manifests[0]?.document.digest)
    for (const { document } of plan.manifests) await putManifest(repository, document.digest, document, signal);
  const tag = reference.tag ?? 'latest';
  await putManifest(repository, tag, plan.top, signal);
  const { digest, bytes } = plan.top;
  transaction(store.database, () => {
    for (const id of plan.ids) store.names.addDigest(repositoryOf(reference), digest, id);
  });
  onProgress({ status: `${tag}: digest: ${digest} size: ${bytes.length}` });
  onProgress({ status: '', aux: { Tag: tag, Digest: digest, Size: bytes.length } });
}

/** Waits for all; the first failure stops the others and is thrown when they have stopped. */
async function allOrNone(work: Promise<void>[], failure: AbortController): Promise<void> {
  const guarded = work.map((each) =>
    each.catch((error: unknown) => {
      if (!failure.signal.aborted) failure.abort(error);
      throw error;
    }),
  );
  const results = await Promise.allSettled(guarded);
  if (results.every(({ status }) => status === 'fulfilled')) return;
  throw failure.signal.reason;
}

/** A blob with the name that progress gives it; configurations have none. */
interface PushedBlob extends Pick<Descriptor, 'digest' | 'size'> {
  id: string | undefined;
}

/** Top layers first, as docker lists them. A blob that several manifests share is sent once. */
function blobsOf(manifests: readonly PlannedManifest[]): PushedBlob[] {
  const blobs = new Map<Digest, PushedBlob>();
  for (const { manifest } of manifests) {
    for (const { digest, size } of manifest.layers.toReversed())
      blobs.set(digest, { digest, size, id: shortId(digestHex(digest)) });
    const { digest, size } = manifest.config;
    blobs.set(digest, { digest, size, id: undefined });
  }
  return [...blobs.values()];
}

/** A blob that was let go is made again only where the registry neither has it nor mounts it. */
async function pushBlob(job: PushJob, { digest, size, id }: PushedBlob, lease: Lease): Promise<void> {
  const { store, context, repository, sessions, signal } = job;
  const tell = (status: string, bytes?: number) => {
    if (id === undefined) return;
    job.onProgress({ id, status, ...(bytes === undefined ? {} : { currentBytes: bytes, totalBytes: size }) });
  };
  tell('Preparing');
  const source: BlobSource = {
    digest,
    size,
    open: (range) => store.content.stream(digest, range),
    prepare: () => store.blobs.restore(digest, lease, signal),
  };
  const onBytes = (bytes: number) => tell('Pushing', bytes);
  const mountFrom = repositoriesWith(store, job.reference, digest);
  const result = await context.uploadSlots.run(signal, () =>
    uploadBlob(repository, source, { mountFrom, sessions, onBytes, signal }),
  );
  tell(wordsFor(result));
}

function wordsFor(result: UploadResult): string {
  if (result.kind === 'exists') return 'Layer already exists';
  return result.kind === 'mounted' ? `Mounted from ${result.from}` : 'Pushed';
}

/** Other repositories at the same registry that have an image with this blob: it was pulled from there, or pushed to it. */
function repositoriesWith(store: ImageStore, { domain, path }: Reference, digest: Digest): string[] {
  const rows = store.database
    .prepare(
      `SELECT DISTINCT repository FROM image_digests JOIN image_blobs USING (image_id)
       WHERE image_blobs.digest = ? AND substr(repository, 1, ?) = ?`,
    )
    .all(digest, domain.length + 1, `${domain}/`);
  return rows.map(({ repository }) => String(repository).slice(domain.length + 1)).filter((other) => other !== path);
}
