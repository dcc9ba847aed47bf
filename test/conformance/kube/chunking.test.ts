/** Lists in chunks: one state of the collection over all of them, whatever happens in between. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { refused, TestCluster } from '../../lib/kube.ts';

interface List {
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly items: KubeObject[];
}

const test = forAllTests(await TestCluster.start());
const { api } = test;
let count = 0;

/** The path of `size` config maps `c-0`, `c-1`, … of which the even ones are labelled. */
async function collection(size: number): Promise<string> {
  const path = `${await test.namespace(`chunks-${++count}`)}/configmaps`;
  for (let index = 0; index < size; index++) {
    const labels: Record<string, string> = index % 2 === 0 ? { even: 'yes' } : {};
    await api.create(path, { metadata: { name: `c-${index}`, labels }, data: { v: 'old' } });
  }
  return path;
}

function page(path: string, query: string, token?: string): Promise<List> {
  const more = token === undefined ? '' : `&continue=${encodeURIComponent(token)}`;
  return api.get<List>(`${path}?${query}${more}`);
}

async function allPages(path: string, query: string): Promise<List[]> {
  const pages = [await page(path, query)];
  for (let next = pages[0]?.metadata.continue; next; next = pages.at(-1)?.metadata.continue) {
    pages.push(await page(path, query, next));
  }
  return pages;
}

function names(list: List | undefined): (string | undefined)[] {
  return (list?.items ?? []).map(({ metadata }) => metadata.name);
}

describe('a list with a limit', () => {
  it('comes in chunks that together are the whole, in the order of names', async () => {
    const path = await collection(7);
    const pages = await allPages(path, 'limit=3');
    assert.deepEqual(pages.map(names), [['c-0', 'c-1', 'c-2'], ['c-3', 'c-4', 'c-5'], ['c-6']]);
  });

  it('counts what remains, and says nothing in the last chunk', async () => {
    const pages = await allPages(await collection(7), 'limit=3');
    assert.deepEqual(
      pages.map(({ metadata }) => metadata.remainingItemCount),
      [4, 1, undefined],
    );
  });

  it('does not count what remains under a selector', async () => {
    const first = await page(await collection(6), 'limit=1&labelSelector=even');
    assert.ok(first.metadata.continue);
    assert.equal(first.metadata.remainingItemCount, undefined);
  });

  it('fills chunks with what matches the selector', async () => {
    const pages = await allPages(await collection(7), 'limit=3&labelSelector=even');
    assert.deepEqual(pages.map(names), [['c-0', 'c-2', 'c-4'], ['c-6']]);
  });

  it('of the whole size or more has no continue', async () => {
    const path = await collection(3);
    for (const limit of [3, 4, 500]) assert.equal((await page(path, `limit=${limit}`)).metadata.continue, undefined);
  });

  it('of 0 is no limit', async () => {
    assert.equal((await page(await collection(3), 'limit=0')).items.length, 3);
  });

  it('of an empty collection is an empty list, not null', async () => {
    const empty = await page(await collection(0), 'limit=3');
    assert.deepEqual(empty.items, []);
  });

  it('goes over all namespaces', async () => {
    const [one, two] = [await collection(2), await collection(2)];
    const pages = await allPages('/api/v1/configmaps', 'limit=1');
    const places = pages.flatMap(({ items }) => items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    for (const path of [one, two]) assert.ok(places.includes(`${path.split('/')[4]}/c-1`));
    assert.equal(new Set(places).size, places.length);
  });

  it('works for a Table too, with the token in its metadata', async () => {
    const answer = await api.call('GET', `${await collection(3)}?limit=2`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    const table = answer.json<{ rows: unknown[]; metadata: List['metadata'] }>();
    assert.equal(table.rows.length, 2);
    assert.ok(table.metadata.continue);
    assert.equal(table.metadata.remainingItemCount, 1);
  });
});

describe('chunks of one list', () => {
  it('share the revision of the first', async () => {
    const pages = await allPages(await collection(5), 'limit=2');
    assert.equal(new Set(pages.map(({ metadata }) => metadata.resourceVersion)).size, 1);
  });

  it('do not show objects that came later', async () => {
    const path = await collection(4);
    const first = await page(path, 'limit=2');
    await api.create(path, { metadata: { name: 'c-2a' } });
    assert.deepEqual(names(await page(path, 'limit=10', first.metadata.continue)), ['c-2', 'c-3']);
  });

  it('still show objects that were deleted meanwhile', async () => {
    const path = await collection(4);
    const first = await page(path, 'limit=2');
    await api.delete(`${path}/c-3`);
    assert.deepEqual(names(await page(path, 'limit=10', first.metadata.continue)), ['c-2', 'c-3']);
  });

  it('show the old state of objects that were changed meanwhile', async () => {
    const path = await collection(4);
    const first = await page(path, 'limit=2');
    await api.patch(`${path}/c-2`, 'merge', { data: { v: 'new' } });
    const second = await page(path, 'limit=1', first.metadata.continue);
    assert.deepEqual(second.items[0]?.data, { v: 'old' });
  });

  it('go on after the object that the token names was deleted', async () => {
    const path = await collection(4);
    const first = await page(path, 'limit=2');
    await api.delete(`${path}/c-1`);
    assert.deepEqual(names(await page(path, 'limit=2', first.metadata.continue)), ['c-2', 'c-3']);
  });

  it('can be read twice with one token', async () => {
    const path = await collection(4);
    const { continue: token } = (await page(path, 'limit=2')).metadata;
    assert.deepEqual(await page(path, 'limit=2', token), await page(path, 'limit=2', token));
  });

  it('may have another limit each', async () => {
    const path = await collection(5);
    const first = await page(path, 'limit=1');
    const second = await page(path, 'limit=3', first.metadata.continue);
    assert.deepEqual(names(second), ['c-1', 'c-2', 'c-3']);
    assert.equal(second.metadata.remainingItemCount, 1);
  });

  it('at an exact old revision show that one', async () => {
    const path = await collection(3);
    const { resourceVersion } = (await page(path, 'limit=1')).metadata;
    await api.delete(`${path}/c-2`);
    const exact = `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    const first = await page(path, `limit=2&${exact}`);
    assert.equal(first.metadata.resourceVersion, resourceVersion);
    assert.deepEqual(names(await page(path, 'limit=2', first.metadata.continue)), ['c-2']);
  });
});

describe('tokens', () => {
  it('that are nonsense are 400', async () => {
    const path = await collection(1);
    for (const token of ['nonsense', '%00', 'e30', 'bnVsbA', '{}']) {
      await refused(api.get(`${path}?limit=1&continue=${token}`), 400, 'BadRequest');
    }
  });

  it('with a resourceVersion besides are 400', async () => {
    const path = await collection(3);
    const { metadata } = await page(path, 'limit=1');
    const query = `limit=1&continue=${metadata.continue}&resourceVersion=${metadata.resourceVersion}`;
    await refused(api.get(`${path}?${query}`), 400, 'BadRequest');
  });

  it('with resourceVersionMatch besides are 422', async () => {
    const path = await collection(3);
    const { metadata } = await page(path, 'limit=1');
    const query = `limit=1&continue=${metadata.continue}&resourceVersion=0&resourceVersionMatch=NotOlderThan`;
    await refused(api.get(`${path}?${query}`), 422, 'Invalid');
  });

  it('of a state that is forgotten are 410 with a token to go on at the newest state', async () => {
    const path = await collection(4);
    const first = await page(path, 'limit=2');
    await api.create(path, { metadata: { name: 'c-9' } });
    await test.forgetHistory();
    const status = await refused(page(path, 'limit=2', first.metadata.continue), 410, 'Expired');
    const token = (status.metadata as { continue?: string }).continue;
    assert.ok(token);
    const rest = await page(path, 'limit=10', token);
    assert.deepEqual(names(rest), ['c-2', 'c-3', 'c-9']);
    assert.notEqual(rest.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  it('limits that are no numbers are 400', async () => {
    const path = await collection(0);
    for (const limit of ['x', '-1', '1.5', '1e3']) await refused(api.get(`${path}?limit=${limit}`), 400);
  });
});
