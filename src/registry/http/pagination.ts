import type { Page } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

/** A page is never longer, whatever a client asks for: the Link header leads on. */
const MAX_PAGE = 10_000;

/** `n` and `last` of a list (distribution spec, "Listing Tags"). Throws PAGINATION_NUMBER_INVALID. */
export function pageOf(exchange: Exchange, defaultLimit = MAX_PAGE): Page {
  const n = exchange.query.get('n');
  const last = exchange.query.get('last');
  if (n !== null && !/^\d{1,9}$/.test(n)) {
    throw new RegistryError('PAGINATION_NUMBER_INVALID', 'n must be a whole number', { detail: { n: n.slice(0, 40) } });
  }
  const limit = n === null ? defaultLimit : Math.min(Number(n), MAX_PAGE);
  return { limit, ...(last === null ? {} : { after: last }) };
}

/** The Link header (RFC 8288) to the page behind this one; `more` says whether there is any. */
export function linkTo(path: string, page: Page, last: string | undefined, more: boolean): Record<string, string> {
  if (!more || last === undefined) return {};
  return { Link: `<${path}?n=${page.limit}&last=${encodeURIComponent(last)}>; rel="next"` };
}
