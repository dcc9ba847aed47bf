import { badRequest, expired, invalid, invalidObject, isStatusError } from '#kube/api';
import { compareKeys, type Storage } from '#kube/storage';
import { convertTo, isInVersion, type ListAnswer } from '../answer.ts';
import { CachedEntry, textOf } from '../store/mod.ts';
import { nextTurn } from '../turns.ts';
import { decodeContinue, encodeContinue } from './continue.ts';
import { convertedEntries } from './converting-sink.ts';
import type { Target } from './target.ts';
import { type View, viewOf } from './view.ts';

/** Lists a collection: from the cache where the newest or an older state will do, from storage for an exact revision and next pages. */
export async function list(target: Target, storage: Storage): Promise<ListAnswer> {
  const { query, signal } = target.request;
  const view = viewOf(target.endpoint, target.store, target.namespace, query, target.name);
  const options = listOptions(query);
  if (options.continue !== undefined) return nextPage(target, storage, view, options);
  if (options.exact) {
    const revision = Number(options.resourceVersion);
    return page(target, storage, view, { after: '', revision, limit: options.limit });
  }
  const { cache } = target.store;
  if (options.resourceVersion === '') await cache.fresh(signal);
  else await cache.reach(Number(options.resourceVersion));
  const { revision } = cache;
  return cachedPage(target, view, { after: '', revision, limit: options.limit });
}

/** A page of what the cache has, which is the state at `revision`. */
function cachedPage(
  target: Target,
  view: View,
  options: PageOptions & { revision: number },
): ListAnswer | Promise<ListAnswer> {
  const { after, limit } = options;
  // One more than wanted tells whether there are more.
  const enough = limit === 0 ? Number.POSITIVE_INFINITY : limit + 1;
  if (view.matchesShown === undefined) return pageOf(target, view, selected(target, view, after, enough), options);
  // All at once: while they are converted, the cache moves on.
  const candidates = selected(target, view, after, Number.POSITIVE_INFINITY);
  return shownEntries(target.endpoint, candidates, view.matchesShown, enough).then((entries) =>
    pageOf(target, view, entries, options),
  );
}

function pageOf(
  target: Target,
  view: View,
  entries: CachedEntry[],
  { revision, limit }: PageOptions & { revision: number },
): ListAnswer {
  const { cache, prefix } = target.store;
  if (limit === 0 || entries.length <= limit) return answer(target, view, entries, { revision });
  entries.pop();
  const last = entries.at(-1)?.key ?? '';
  const remaining = isWhole(view) ? cache.count(view.prefix, last) : undefined;
  return answer(target, view, entries, {
    revision,
    next: encodeContinue({ revision, after: last, prefix }),
    remaining,
  });
}

/** Only where nothing is selected, the rest can be counted. */
function isWhole({ matches, matchesShown }: View): boolean {
  return matches === undefined && matchesShown === undefined;
}

/** Objects that are converted at once. */
const CONVERTED_ENTRIES = 200;

/** The first `enough` entries, in the endpoint's version, that match in it. */
async function shownEntries(
  endpoint: Target['endpoint'],
  candidates: readonly CachedEntry[],
  matches: (entry: CachedEntry) => boolean,
  enough = Number.POSITIVE_INFINITY,
): Promise<CachedEntry[]> {
  const found: CachedEntry[] = [];
  for (let at = 0; at < candidates.length && found.length < enough; at += CONVERTED_ENTRIES) {
    if (at > 0) await nextTurn();
    found.push(...(await convertedEntries(endpoint, candidates.slice(at, at + CONVERTED_ENTRIES))).filter(matches));
  }
  return found.slice(0, enough);
}

function selected({ store: { cache } }: Target, view: View, after: string, limit: number): CachedEntry[] {
  if (view.key === undefined) return cache.below(view.prefix, { matches: view.matches, after, limit });
  const entry = cache.get(view.key);
  return entry !== undefined && compareKeys(entry.key, after) > 0 && view.matches?.(entry) !== false ? [entry] : [];
}

interface ListOptions {
  readonly limit: number;
  readonly continue: string | undefined;
  readonly resourceVersion: string;
  readonly exact: boolean;
}

/** Reads and checks limit, continue, resourceVersion and resourceVersionMatch; upstream's table of what goes together. */
function listOptions(query: URLSearchParams): ListOptions {
  const limit = wholeNumber(query, 'limit') ?? 0;
  const continued = query.get('continue') ?? '';
  const resourceVersion = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (resourceVersion !== '' && !/^\d{1,15}$/.test(resourceVersion)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion.slice(0, 64))}: must be a decimal number`,
    );
  }
  checkMatch(match, resourceVersion, continued);
  if (continued !== '' && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const exact = resourceVersion !== '' && resourceVersion !== '0' && (match === 'Exact' || (match === '' && limit > 0));
  return { limit, continue: continued === '' ? undefined : continued, resourceVersion, exact };
}

function checkMatch(match: string, resourceVersion: string, continued: string): void {
  if (match === '') return;
  const refuse = (value: unknown, detail: string) =>
    invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [invalid('resourceVersionMatch', value, detail)]);
  if (match !== 'Exact' && match !== 'NotOlderThan') throw refuse(match, 'must be Exact or NotOlderThan');
  if (continued !== '') throw refuse(match, 'resourceVersionMatch is forbidden with continue');
  if (resourceVersion === '')
    throw refuse(match, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && resourceVersion === '0') {
    throw refuse(match, 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
  }
}

/** A query parameter that is a number from 0; a 400 otherwise. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name}: "${text.slice(0, 64)}" is not a number from 0`);
  return Number(text);
}

interface PageOptions {
  readonly after: string;
  /** Undefined: the newest. */
  readonly revision: number | undefined;
  readonly limit: number;
}

async function nextPage(target: Target, storage: Storage, view: View, options: ListOptions): Promise<ListAnswer> {
  const token = decodeContinue(options.continue ?? '', target.store.prefix);
  const revision = token.revision < 0 ? undefined : token.revision;
  if (revision !== undefined && isUnchangedSince(target, revision)) {
    return cachedPage(target, view, { after: token.after, revision, limit: options.limit });
  }
  try {
    return await page(target, storage, view, { after: token.after, revision, limit: options.limit });
  } catch (error) {
    throw inconsistent(error, token.after, target.store.prefix);
  }
}

/** Nothing has happened since the first page, as mostly: the cache has the state that the next one is to show. */
function isUnchangedSince({ store: { cache } }: Target, revision: number): boolean {
  return cache.current && cache.revision >= revision && cache.eventsAfter(revision)?.length === 0;
}

/** A continue token whose revision is compacted: the error brings one that goes on at the newest state, as upstream's does. */
function inconsistent(error: unknown, after: string, prefix: string): unknown {
  if (!isStatusError(error, 'Expired')) return error;
  const renewed = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, ' +
      'or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - ' +
      'objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  renewed.continueToken = encodeContinue({ revision: -1, after, prefix });
  return renewed;
}

/** Reads pages from storage until `limit` objects of the view are found. */
async function page(target: Target, storage: Storage, view: View, options: PageOptions): Promise<ListAnswer> {
  const found: CachedEntry[] = [];
  let { after, revision } = options;
  for (;;) {
    const wanted = options.limit === 0 ? 0 : options.limit - found.length;
    const result = await storage.list({
      prefix: view.prefix,
      signal: target.request.signal,
      ...(after === '' ? {} : { after }),
      ...(wanted === 0 ? {} : { limit: wanted }),
      ...(revision === undefined ? {} : { revision }),
    });
    revision ??= result.revision;
    const entries = result.entries
      .map(({ key, value, modRevision }) => new CachedEntry(key, textOf(value), modRevision))
      .filter(view.matches ?? everything);
    const { matchesShown } = view;
    found.push(...(matchesShown === undefined ? entries : await shownEntries(target.endpoint, entries, matchesShown)));
    after = result.entries.at(-1)?.key ?? after;
    const full = options.limit > 0 && found.length >= options.limit;
    if (result.remaining === 0) return answer(target, view, found, { revision });
    if (full) {
      const next = encodeContinue({ revision, after, prefix: target.store.prefix });
      return answer(target, view, found, { revision, next, remaining: isWhole(view) ? result.remaining : undefined });
    }
  }
}

function everything(): boolean {
  return true;
}

interface ListPosition {
  readonly revision: number;
  readonly next?: string;
  readonly remaining?: number | undefined;
}

function answer(
  target: Target,
  view: View,
  entries: readonly CachedEntry[],
  { revision, next, remaining }: ListPosition,
): ListAnswer {
  const { endpoint } = target;
  return {
    type: 'list',
    endpoint,
    entries,
    metadata: {
      resourceVersion: String(revision),
      ...(next === undefined ? {} : { continue: next }),
      ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
    },
    // Those that were selected in the endpoint's version are in it.
    ...(view.matchesShown !== undefined || entries.every((entry) => isInVersion(endpoint, entry))
      ? {}
      : { convert: (objects) => convertTo(endpoint, objects) }),
  };
}
