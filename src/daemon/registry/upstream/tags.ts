import type { HttpAnswer } from '#images/remote';
import type { Page } from '#registry';
import { isStringList, linkOf, readJson } from './lists.ts';

/** An upstream that gives ten tags at a time is asked no further. */
const MAX_PAGES = 200;

/** As many tags as the page wants: the upstream's own pages may be shorter, or it may know none (docker-registry 2). */
export async function fetchTags(
  ask: (query: Record<string, string>) => Promise<HttpAnswer>,
  { after, limit }: Page,
): Promise<string[]> {
  const found: string[] = [];
  let last = after;
  for (let page = 0; page < MAX_PAGES && found.length < limit; page++) {
    const wanted = limit - found.length;
    const answer = await ask({ n: String(wanted), ...(last === undefined ? {} : { last }) });
    const { tags } = await readJson(answer, 'the list of tags');
    const got = isStringList(tags) ? tags : [];
    if (got.length > wanted || linkOf(answer) === undefined) return [...found, ...pageOf(got, last, wanted)];
    found.push(...got);
    last = got.at(-1);
  }
  return found;
}

/** An upstream that did not look at `last` sends that tag, too; one that did may have an order of its own. */
function pageOf(tags: readonly string[], after: string | undefined, limit: number): string[] {
  const sorted = tags.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const isWhole = after !== undefined && tags.includes(after);
  return sorted.filter((tag) => !isWhole || tag > after).slice(0, limit);
}
