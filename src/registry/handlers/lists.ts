import { RegistryError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { linkTo, pageOf } from '../http/pagination.ts';
import { OCI_INDEX } from '../manifest/media-types.ts';
import { checkDigest } from '../names.ts';
import type { RegistryParts } from './handler.ts';

const CATALOG_PAGE = 1_000;
/** Referrers on a page: with their annotations they may be large, so bytes count too. */
const REFERRERS_PAGE = 1_000;
const REFERRERS_BYTES = 4 * 2 ** 20;

/** GET /v2/<name>/tags/list (end-8). */
export async function listTags({ storage }: RegistryParts, exchange: Exchange): Promise<void> {
  const { repository } = exchange.route;
  const page = pageOf(exchange);
  const found = await storage.tags(repository, { ...page, limit: page.limit + 1 });
  if (found === undefined) {
    throw new RegistryError('NAME_UNKNOWN', 'there is no such repository', { detail: { name: repository } });
  }
  const tags = found.slice(0, page.limit);
  const more = found.length > page.limit;
  exchange.json({ name: repository, tags }, linkTo(`/v2/${repository}/tags/list`, page, tags.at(-1), more));
}

/** GET /v2/_catalog: the repositories that the client may pull from. */
export function listRepositories({ storage }: RegistryParts, exchange: Exchange): void {
  const page = pageOf(exchange, CATALOG_PAGE);
  const found: string[] = [];
  for (let after = page.after; found.length <= page.limit; ) {
    const batch = storage.repositories({ limit: page.limit + 1, ...(after === undefined ? {} : { after }) });
    found.push(...batch.filter((name) => exchange.access.may('pull', name)));
    after = batch.at(-1);
    if (batch.length <= page.limit) break;
  }
  const repositories = found.slice(0, page.limit);
  exchange.json({ repositories }, linkTo('/v2/_catalog', page, repositories.at(-1), found.length > page.limit));
}

/** GET /v2/<name>/referrers/<digest> (end-12): an index of the manifests that have it as `subject`; nobody's is empty, never 404. */
export async function listReferrers({ storage }: RegistryParts, exchange: Exchange): Promise<void> {
  const { repository, reference } = exchange.route;
  const subject = checkDigest(reference);
  const artifactType = exchange.query.get('artifactType') ?? undefined;
  const { after } = pageOf(exchange);
  const page = { limit: REFERRERS_PAGE + 1, ...(after === undefined ? {} : { after }) };
  const found = await storage.referrers(repository, subject, {
    page,
    ...(artifactType === undefined ? {} : { artifactType }),
  });
  const manifests = firstPage(found);
  const type = artifactType === undefined ? '' : `artifactType=${encodeURIComponent(artifactType)}&`;
  const next = `/v2/${repository}/referrers/${subject}?${type}last=${manifests.at(-1)?.digest}`;
  exchange.json(
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    {
      'Content-Type': OCI_INDEX,
      ...(artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
      ...(manifests.length < found.length ? { Link: `<${next}>; rel="next"` } : {}),
    },
  );
}

/** As many as fit; at least one. */
function firstPage<T>(found: readonly T[]): T[] {
  let bytes = 0;
  const end = found.findIndex((item, index) => {
    bytes += JSON.stringify(item).length;
    return index === REFERRERS_PAGE || (index > 0 && bytes > REFERRERS_BYTES);
  });
  return end < 0 ? [...found] : found.slice(0, end);
}
