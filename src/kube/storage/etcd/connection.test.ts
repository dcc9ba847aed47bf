import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { isStatusError } from '#kube/api';
import { EtcdConnection, UnknownOutcome } from './connection.ts';

const RANGE = '/etcdserverpb.KV/Range';

/** A member that refuses calls with UNKNOWN and these texts, one after the other, and answers `done` from then on. */
async function member(...refusals: string[]) {
  const server = new Server();
  const identity = (bytes: Buffer) => bytes;
  const codec = { requestSerialize: identity, requestDeserialize: identity };
  const method = { ...codec, responseSerialize: identity, responseDeserialize: identity };
  server.addService(
    { range: { path: RANGE, requestStream: false, responseStream: false, ...method } },
    {
      range: (_call: unknown, answer: (error: Partial<ServiceError> | null, bytes?: Buffer) => void) => {
        const details = refusals.shift();
        if (details === undefined) answer(null, Buffer.from('done'));
        else answer({ code: status.UNKNOWN, details });
      },
    },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  const port = await promise;
  const connection = await EtcdConnection.open([`http://127.0.0.1:${port}`], { timeoutMs: 2000 });
  return {
    connection,
    [Symbol.dispose]: () => {
      connection[Symbol.dispose]();
      server.forceShutdown();
    },
  };
}

describe('EtcdConnection', () => {
  it('tries a read again that etcd gave up, in whatever words', async () => {
    using only = await member('context deadline exceeded', 'etcdserver: request timed out', 'context canceled');
    assert.equal(String(await only.connection.call(RANGE, Buffer.of())), 'done');
  });

  it('says that etcd is away where it gives up all that it is asked', async () => {
    using only = await member(...Array<string>(100).fill('context deadline exceeded'));
    await assert.rejects(only.connection.call(RANGE, Buffer.of()), (error) =>
      isStatusError(error, 'ServiceUnavailable'),
    );
  });

  it('does not know what became of a write that etcd gave up', async () => {
    using only = await member('context deadline exceeded');
    await assert.rejects(only.connection.call(RANGE, Buffer.of(), { isWrite: true }), UnknownOutcome);
  });

  it('hands on what etcd refuses for good', async () => {
    using only = await member('etcdserver: no such thing');
    await assert.rejects(only.connection.call(RANGE, Buffer.of()), /no such thing/);
  });
});
