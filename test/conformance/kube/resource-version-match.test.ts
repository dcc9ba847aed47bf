/** resourceVersion and resourceVersionMatch of reads: which state of the world a client is shown. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { refused, TestCluster } from '../../lib/kube.ts';

interface List {
  readonly metadata: { resourceVersion: string };
  readonly items: { metadata: { name: string } }[];
}

const path = '/api/v1/namespaces/versions/configmaps';
const test = forAllTests(await TestCluster.start());
const { api } = test;
/** The collection's revision with `a` alone. */
let old: string;

before(async () => {
  await test.namespace('versions');
  await api.create(path, { metadata: { name: 'a' } });
  old = (await api.get<List>(path)).metadata.resourceVersion;
  await api.create(path, { metadata: { name: 'b' } });
});

async function names(query: string): Promise<string[]> {
  return (await api.get<List>(`${path}?${query}`)).items.map(({ metadata }) => metadata.name);
}

describe('a list', () => {
  it('without a resourceVersion shows the newest state', async () => {
    assert.deepEqual(await names(''), ['a', 'b']);
  });

  it('with "0" shows any state, and its revision is real', async () => {
    const list = await api.get<List>(`${path}?resourceVersion=0`);
    assert.ok(Number(list.metadata.resourceVersion) > 0);
  });

  it('with a resourceVersion alone shows one that is not older', async () => {
    const list = await api.get<List>(`${path}?resourceVersion=${old}`);
    assert.ok(Number(list.metadata.resourceVersion) >= Number(old));
  });

  it('with NotOlderThan shows one that is not older', async () => {
    const list = await api.get<List>(`${path}?resourceVersion=${old}&resourceVersionMatch=NotOlderThan`);
    assert.ok(Number(list.metadata.resourceVersion) >= Number(old));
  });

  it('with Exact shows that state and no other', async () => {
    assert.deepEqual(await names(`resourceVersion=${old}&resourceVersionMatch=Exact`), ['a']);
  });

  it('with Exact carries that revision', async () => {
    const list = await api.get<List>(`${path}?resourceVersion=${old}&resourceVersionMatch=Exact`);
    assert.equal(list.metadata.resourceVersion, old);
  });

  it('with a resourceVersion and a limit shows exactly that state', async () => {
    assert.deepEqual(await names(`resourceVersion=${old}&limit=5`), ['a']);
  });

  it('with "0" and a limit shows the newest state that is at hand', async () => {
    assert.deepEqual(await names('resourceVersion=0&limit=1'), ['a']);
  });

  it('with a match but no resourceVersion is refused', async () => {
    for (const match of ['Exact', 'NotOlderThan']) {
      const status = await refused(api.get(`${path}?resourceVersionMatch=${match}`), 422, 'Invalid');
      assert.match(status.message ?? '', /resourceVersionMatch is forbidden unless resourceVersion is provided/);
    }
  });

  it('with Exact "0" is refused', async () => {
    await refused(api.get(`${path}?resourceVersion=0&resourceVersionMatch=Exact`), 422, 'Invalid');
  });

  it('with an unknown match is refused', async () => {
    await refused(api.get(`${path}?resourceVersion=1&resourceVersionMatch=Newest`), 422, 'Invalid');
  });

  it('of a revision of the future is told to come back: 504 with a cause ResourceVersionTooLarge', async () => {
    const future = Number(old) + 1_000_000;
    const status = await refused(api.get(`${path}?resourceVersion=${future}`), 504, 'Timeout');
    assert.equal(status.details?.causes?.[0]?.reason, 'ResourceVersionTooLarge');
    assert.ok((status.details?.retryAfterSeconds ?? 0) >= 1);
  });

  it('exactly of a revision of the future is told so too', async () => {
    const query = `resourceVersion=${Number(old) + 1_000_000}&resourceVersionMatch=Exact`;
    await refused(api.get(`${path}?${query}`), 504, 'Timeout');
  });

  it('with letters for a revision is 400', async () => {
    await refused(api.get(`${path}?resourceVersion=new`), 400, 'BadRequest');
  });
});

describe('a get', () => {
  it('takes resourceVersion "0" and older revisions: what it shows is not older', async () => {
    for (const version of ['0', old]) {
      const found = await api.get(`${path}/a?resourceVersion=${version}`);
      assert.equal(found.metadata.name, 'a');
    }
  });

  it('of a revision of the future is 504', async () => {
    await refused(api.get(`${path}/a?resourceVersion=${Number(old) + 1_000_000}`), 504, 'Timeout');
  });
});

describe('revisions that are forgotten', () => {
  it('are 410 for Exact, and no matter for NotOlderThan', async () => {
    await test.forgetHistory();
    await refused(api.get(`${path}?resourceVersion=${old}&resourceVersionMatch=Exact`), 410, 'Expired');
    assert.deepEqual(await names(`resourceVersion=${old}&resourceVersionMatch=NotOlderThan`), ['a', 'b']);
  });
});
