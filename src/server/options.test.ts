import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import { resolveOptions } from './options.ts';

describe('resolveOptions', () => {
  it('has defaults for everything', () => {
    const { host, port, datastore, serviceBlock, nodePorts } = resolveOptions({});
    assert.deepEqual(
      { host, port, datastore, serviceBlock, nodePorts },
      {
        host: '127.0.0.1',
        port: 6443,
        datastore: 'memory',
        serviceBlock: '10.96.0.0/16',
        nodePorts: '30000-32767',
      },
    );
    assert.equal(resolveOptions({ dataDir: '/data' }).datastore, 'sqlite:/data/state.db');
    assert.equal(resolveOptions({ dataDir: '/data', datastore: 'sqlite' }).datastore, 'sqlite:/data/state.db');
  });

  it('reads addresses of both families', () => {
    const read = (listen: string) => {
      const { host, port } = resolveOptions({ listen });
      return [host, port];
    };
    assert.deepEqual(read(':6443'), ['0.0.0.0', 6443]);
    assert.deepEqual(read('[::1]:0'), ['::1', 0]);
    assert.deepEqual(read('localhost:65535'), ['localhost', 65_535]);
  });

  it('names what it cannot read', () => {
    for (const listen of ['6443', 'localhost', '127.0.0.1:70000', '::1:6443', 'a:b', '']) {
      assert.throws(
        () => resolveOptions({ listen }),
        (error: unknown) => isHakoError(error, 'invalid') && error.message.includes(`"${listen}"`),
      );
    }
    assert.throws(() => resolveOptions({ datastore: 'sqlite' }), /--data-dir/);
  });
});
