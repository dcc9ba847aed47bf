/**
 * The list of referrers that registries without the API keep under a tag (distribution-spec, "Referrers Tag Schema"). Clients write it
 * themselves, several at once, and most of those registries take no conditional writes: so whoever adds something looks again whether it
 * is still there, when everybody who may have read the list before has had the time to write it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Digest, HakoError, isHakoError } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import { MAX_DOCUMENT_BYTES, parseObject } from '../../unpack/spec.ts';
import { repositoryScope } from '../auth/scope.ts';
import { discard, readBounded } from '../http/body.ts';
import { digestOf, putManifest } from './manifests.ts';
import type { Repository } from './repository.ts';
import { statusError } from './status-error.ts';

const MAX_TAG_LENGTH = 128;
/** With so many writers that nobody gets through, somebody has to say so. */
const MAX_WRITES = 20;
/** Another client's way from its look at the list to its write; ours is measured, and the slower one counts. */
const LEAST_WRITE_MS = 50;

/** An entry as it was found: descriptors have more fields than we know. */
type Entry = Record<string, unknown> & { digest?: unknown };

interface TagList {
  /** The document, to be written back with all that others put into it. */
  document: Record<string, unknown>;
  entries: readonly Entry[];
  /** Whether it was there, and its entity tag where the registry says one. */
  isThere: boolean;
  etag: string | undefined;
}

/** The tag under which registries without the API keep the list. */
export function referrersTag(digest: Digest): string {
  return digest.replace(':', '-').slice(0, MAX_TAG_LENGTH);
}

/** Puts an entry into the list of `subject`, and sees to it that it stays. Throws `conflict` where others undo it again and again. */
export async function addToTagList(
  repository: Repository,
  subject: Digest,
  entry: { digest: Digest },
  signal?: AbortSignal,
): Promise<void> {
  // Entries of others that we have seen and that a third one's write has lost are brought back as well.
  const seen = new Map<unknown, Entry>([[entry.digest, entry]]);
  for (let write = 0; write < MAX_WRITES; write++) {
    const startMs = performance.now();
    const list = await readList(repository, subject, signal);
    for (const each of list.entries) if (!seen.has(each.digest)) seen.set(each.digest, each);
    const listed = new Set(list.entries.map(({ digest }) => digest));
    const lost = [...seen.values()].filter(({ digest }) => !listed.has(digest));
    if (lost.length === 0) return;
    await writeList(repository, subject, { ...list, entries: [...list.entries, ...lost] }, signal);
    const tookMs = Math.max(performance.now() - startMs, LEAST_WRITE_MS);
    await delay(tookMs * (2 + 2 * Math.random()), undefined, signal ? { signal } : {});
  }
  throw new HakoError(
    'conflict',
    `${entry.digest} is stored, but other clients keep overwriting the list of what refers to ${subject}: attach it again`,
  );
}

/** From the registry itself: a mirror may have an older list. */
function readList(repository: Repository, subject: Digest, signal: AbortSignal | undefined): Promise<TagList> {
  return repository.with('push', signal, async (client) => {
    const answer = await client.send({
      method: 'GET',
      path: `${repository.path}/manifests/${referrersTag(subject)}`,
      headers: { Accept: MediaType.index },
      scopes: [repositoryScope(repository.path, ['pull', 'push'])],
      ...(signal ? { signal } : {}),
    });
    const what = `the list of what refers to ${subject}`;
    if (answer.status === 404) {
      await discard(answer);
      return {
        document: { schemaVersion: 2, mediaType: MediaType.index },
        entries: [],
        isThere: false,
        etag: undefined,
      };
    }
    if (answer.status !== 200) throw await statusError(answer, what);
    const document = parseObject(await readBounded(answer, MAX_DOCUMENT_BYTES, what), what);
    return { document, entries: entriesOf(document, what), isThere: true, etag: answer.headers.etag };
  });
}

function entriesOf({ manifests }: Record<string, unknown>, what: string): Entry[] {
  const isEntry = (each: unknown): each is Entry => typeof each === 'object' && each !== null && !Array.isArray(each);
  if (Array.isArray(manifests) && manifests.every(isEntry)) return manifests;
  throw new HakoError('invalid', `${what} is no image index: remove the tag that has its name`);
}

/** Under the condition that nobody wrote it since, for registries that mind it. */
async function writeList(
  repository: Repository,
  subject: Digest,
  { document, entries, ...before }: TagList,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify({ ...document, manifests: entries }));
  if (bytes.length > MAX_DOCUMENT_BYTES)
    throw new HakoError('exhausted', `too much refers to ${subject}: the list would have ${bytes.length} bytes`);
  const list = { digest: digestOf(bytes), mediaType: MediaType.index, bytes };
  try {
    await putManifest(repository, referrersTag(subject), list, signal, conditionFor(before));
  } catch (error) {
    if (!isHakoError(error, 'failed_precondition')) throw error;
  }
}

/** None where the list has no tag that If-Match would ever find to be the same: a weak one is not (RFC 9110, section 13.1.1). */
function conditionFor({ isThere, etag }: Pick<TagList, 'isThere' | 'etag'>): Record<string, string> {
  if (!isThere) return { 'If-None-Match': '*' };
  return etag?.startsWith('"') ? { 'If-Match': etag } : {};
}
