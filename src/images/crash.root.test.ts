import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import { openDatabase } from '#state';
import { mount, mountsUnder, unmount } from '#system';
import { archiveOf, streamOf } from '#system/rootfs';
import { openImages } from './open.ts';
import { openFixture, type StoreFixture } from './testing/store-fixture.ts';

const href = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Runs `code` with `images` in a process of its own, armed with `failpoints`; answers how it ended. */
async function runElsewhere(
  fixture: StoreFixture,
  code: string,
  options: { failpoints?: string; killAfterMs?: number },
) {
  const program = `
    const { openImages } = await import(${href('./open.ts')});
    const { openDatabase } = await import(${href('../state/mod.ts')});
    const { streamOf, archiveOf } = await import(${href('../system/rootfs/mod.ts')});
    const database = openDatabase(${JSON.stringify(join(fixture.dir, 'state.sqlite'))});
    const images = await openImages({ rootDir: ${JSON.stringify(join(fixture.dir, 'root'))}, database });
    ${code}`;
  const env = { ...process.env, ...(options.failpoints === undefined ? {} : { HAKO_FAILPOINTS: options.failpoints }) };
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program],
    { env, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const timer =
    options.killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.killAfterMs);
  const [exitCode, signal] = await once(child, 'exit');
  clearTimeout(timer);
  return signal ?? exitCode;
}

const folders = (fixture: StoreFixture) => ({
  layers: readdirSync(join(fixture.dir, 'root/snapshots')).filter((name) => name !== 'base').length,
  blobs: readdirSync(join(fixture.dir, 'root/content/blobs/sha256')).length,
  ingests: readdirSync(join(fixture.dir, 'root/content/ingest')).length,
  containers: readdirSync(join(fixture.dir, 'root/containers-rw')).length,
});
const NOTHING = { layers: 0, blobs: 0, ingests: 0, containers: 0 };

describe('image store after kill -9', () => {
  const importCode = `await images.importRootfs(streamOf(archiveOf({ name: 'f', body: 'x' })), { reference: 'x' })`;
  for (const failpoint of ['images.layer-unpacked', 'images.image-stored']) {
    it(`forgets an import that was killed at ${failpoint}`, async () => {
      await using fixture = await openFixture();
      assert.equal(await runElsewhere(fixture, importCode, { failpoints: `${failpoint}=kill` }), 'SIGKILL');
      await fixture.reopen();
      await fixture.reopen();
      assert.deepEqual([fixture.images.list(), folders(fixture)], [[], NOTHING]);
    });
  }

  it('forgets an import that was killed while it was unpacking', async () => {
    await using fixture = await openFixture();
    const endless = `const { Readable } = await import('node:stream');
      const head = archiveOf({ name: 'f', size: 2 ** 32 }).subarray(0, 512);
      await images.importRootfs(Readable.from((async function* () { yield head; for (;;) { yield Buffer.alloc(65536); await new Promise((r) => setTimeout(r, 1)); } })(), { objectMode: false }), { reference: 'x' })`;
    assert.equal(await runElsewhere(fixture, endless, { killAfterMs: 900 }), 'SIGKILL');
    await fixture.reopen();
    await fixture.reopen();
    assert.deepEqual([fixture.images.list(), folders(fixture)], [[], NOTHING]);
  });

  it('keeps a blob until it is known how it is made again', async () => {
    await using fixture = await openFixture();
    const image = await fixture.importFiles({ reference: 'x' }, { name: 'f', body: 'x'.repeat(1000) });
    const code = `await images.maintenance.dropper.run()`;
    const before = folders(fixture);
    assert.equal(await runElsewhere(fixture, code, { failpoints: 'images.recipe-written=kill' }), 'SIGKILL');
    const images = await fixture.reopen();
    assert.deepEqual(folders(fixture), before);
    await images.maintenance.dropper.run();
    assert.equal(folders(fixture).blobs, before.blobs - 1);
    assert.ok((await buffer(await images.save([image.id], {}))).length > 0);
  });

  it('finishes a removal that was killed', async () => {
    await using fixture = await openFixture();
    await fixture.importFiles({ reference: 'x' }, { name: 'f', body: 'x' });
    assert.equal(
      await runElsewhere(fixture, `await images.remove('x', {})`, { failpoints: 'images.image-deleted=kill' }),
      'SIGKILL',
    );
    await fixture.reopen();
    await fixture.reopen();
    assert.deepEqual([fixture.images.list(), folders(fixture)], [[], NOTHING]);
  });

  for (const failpoint of ['snapshots.row-written', 'snapshots.half-made']) {
    it(`completes a writable layer that was killed at ${failpoint}`, async () => {
      await using fixture = await openFixture();
      const image = await fixture.importFiles({ reference: 'x' }, { name: 'f', body: 'x' });
      const code = `images.snapshots.prepare('c', images.get('x'), { mapping: { hostId: 100000, size: 65536 } })`;
      assert.equal(await runElsewhere(fixture, code, { failpoints: `${failpoint}=kill` }), 'SIGKILL');
      const images = await fixture.reopen();
      images.snapshots.prepare('c', image, {});
      assert.ok(readdirSync(images.snapshots.mount('c')).includes('f'));
      await images.snapshots.remove('c');
      assert.equal(folders(fixture).containers, 0);
    });
  }

  it('lets a removal of a writable layer be repeated', async () => {
    await using fixture = await openFixture();
    await fixture.importFiles({ reference: 'x' }, { name: 'f', body: 'x' });
    const code = `images.snapshots.prepare('c', images.get('x'), {}); images.snapshots.mount('c'); await images.snapshots.remove('c')`;
    assert.equal(await runElsewhere(fixture, code, { failpoints: 'snapshots.in-trash=kill' }), 'SIGKILL');
    const images = await fixture.reopen();
    await images.snapshots.remove('c');
    assert.deepEqual([images.snapshots.keys(), folders(fixture).containers, mountsUnder(fixture.dir)], [[], 0, []]);
  });
});

describe('image store on a full disk', () => {
  it('says so, leaves nothing, and works again when there is space', async () => {
    await using fixture = await openFixture();
    const small = join(fixture.dir, 'small');
    mkdirSync(small);
    mount({ type: 'tmpfs', source: 'tmpfs', data: 'size=3m' }, small);
    const database = openDatabase(join(fixture.dir, 'small.sqlite'));
    try {
      await using images = await openImages({ rootDir: join(small, 'root'), database });
      const isFull = (error: unknown) =>
        isHakoError(error, 'exhausted') && /cannot unpack the layer: .*ENOSPC.*no space is left/.test(error.message);
      const noise = Buffer.from(Array.from({ length: 1 << 17 }, () => Math.random() * 256));
      const big = archiveOf(...Array.from({ length: 40 }, (_, index) => ({ name: `f${index}`, body: noise })));
      await assert.rejects(images.importRootfs(streamOf(big), { reference: 'big' }), isFull);
      const left = (path: string) => readdirSync(join(small, 'root', path));
      assert.deepEqual(
        [left('content/blobs/sha256'), left('content/ingest'), left('snapshots'), images.list()],
        [[], [], ['base'], []],
      );
      writeFileSync(join(small, 'probe'), 'x');
      const image = await images.importRootfs(streamOf(archiveOf({ name: 'f', body: 'small' })), { reference: 'fits' });
      assert.equal(images.get('fits').id, image.id);
    } finally {
      database.close();
      unmount(small, { lazy: true });
    }
  });
});
