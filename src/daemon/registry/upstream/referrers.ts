import { type Digest, isDigest, isHakoError } from '#base';
import type { HttpAnswer } from '#images/remote';
import type { ReferrerDescriptor } from '#registry';
import { linkOf, readJson } from './lists.ts';

/** More than any image has; an upstream must not keep us busy for ever. */
const MAX_PAGES = 20;

/** What the referrers API of an upstream says, all pages; undefined where it has none. */
export async function fetchReferrers(
  ask: (query: Record<string, string>) => Promise<HttpAnswer>,
): Promise<ReferrerDescriptor[] | undefined> {
  const found: ReferrerDescriptor[] = [];
  let query: Record<string, string> = {};
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await askOnce(ask, query);
    if (answer === undefined) return page === 0 ? undefined : found;
    found.push(...referrersOf(await readJson(answer, 'the list of referrers')));
    const next = linkOf(answer);
    if (next === undefined) break;
    query = Object.fromEntries(new URLSearchParams(next.search));
  }
  return found;
}

/** The descriptors of an index; what is no descriptor is left out. */
export function referrersOf({ manifests }: Record<string, unknown>): ReferrerDescriptor[] {
  return Array.isArray(manifests) ? manifests.flatMap(descriptorOf) : [];
}

async function askOnce(
  ask: (query: Record<string, string>) => Promise<HttpAnswer>,
  query: Record<string, string>,
): Promise<HttpAnswer | undefined> {
  try {
    return await ask(query);
  } catch (error) {
    if (isHakoError(error, 'not_found') || isHakoError(error, 'unsupported')) return undefined;
    throw error;
  }
}

function descriptorOf(entry: unknown): ReferrerDescriptor[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { mediaType, digest, size, artifactType, annotations } = entry as Record<string, unknown>;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest)) return [];
  return [
    {
      mediaType,
      digest: digest as Digest,
      size: Number(size),
      ...(typeof artifactType === 'string' ? { artifactType } : {}),
      ...(typeof annotations === 'object' && annotations !== null ? { annotations: stringsOf(annotations) } : {}),
    },
  ];
}

function stringsOf(value: object): Record<string, string> {
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string'));
}
