/**
 * The list of referrers that registries without the API keep under a tag (distribution-spec, "Referrers Tag Schema"). Clients write it
 * themselves, several at once, and most of those registries take no conditional writes. So a write of ours is answered within a second of
 * the look that it rests on, or given up; and whoever wrote looks again after more than that second, when everybody who may have read the
 * list before has written it, and brings back what is lost.
 *
 * What remains: an entry is lost without a word where a writer needs longer than that between look and write, who is another client,
 * or one of ours whose way to the registry is so slow that it was given up three times; and where a registry carries out, more than a second
 * late, what its client gave up. Registries that mind If-Match lose nothing.
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
/** From our look at the list to the answer to our write. */
const WINDOW_MS = 1000;
/** Where the way is too slow for that, better late than never. */
const MAX_GIVEN_UP = 3;

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

/** Puts entries into the list of `subject`, and sees to it that they stay. Throws `conflict` where others undo it again and again. */
export async function addToTagList(
  repository: Repository,
  subject: Digest,
  added: readonly { digest: Digest }[],
  signal?: AbortSignal,
): Promise<void> {
  // Entries of others that we have seen and that a third one's write has lost are brought back as well.
  const seen = new Map<unknown, Entry>(added.map((entry) => [entry.digest, entry]));
  let givenUp = 0;
  for (let write = 0; write < MAX_WRITES; write++) {
    const startMs = performance.now();
    const list = await readList(repository, subject, signal);
    for (const each of list.entries) if (!seen.has(each.digest)) seen.set(each.digest, each);
    const listed = new Set(list.entries.map(({ digest }) => digest));
    const lost = [...seen.values()].filter(({ digest }) => !listed.has(digest));
    if (lost.length === 0) return;
    const withinMs = givenUp < MAX_GIVEN_UP ? startMs + WINDOW_MS - performance.now() : undefined;
    const whole = { ...list, entries: [...list.entries, ...lost] };
    if (!(await writeWithin(withinMs, repository, subject, whole, signal))) givenUp++;
    // A write that was given up may be carried out all the same.
    const pauseMs = Math.max(WINDOW_MS, 2 * (performance.now() - startMs)) * (1 + Math.random());
    await delay(pauseMs, undefined, signal ? { signal } : {});
  }
  throw new HakoError(
    'conflict',
    `${added.map(({ digest }) => digest).join(', ')} is stored, but other clients keep overwriting the list of what refers to ${subject}: attach it again`,
  );
}

/** Answers false where the write was given up; without a limit it takes as long as it takes. */
async function writeWithin(
  withinMs: number | undefined,
  repository: Repository,
  subject: Digest,
  list: TagList,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const limit = withinMs === undefined ? [] : [AbortSignal.timeout(Math.max(1, Math.round(withinMs)))];
  try {
    await writeList(repository, subject, list, AbortSignal.any([...limit, ...(signal ? [signal] : [])]));
    return true;
  } catch (error) {
    if (signal?.aborted || !isHakoError(error, 'cancelled')) throw error;
    return false;
  }
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
