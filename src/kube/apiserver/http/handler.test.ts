import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { badRequest, type StatusError } from '#kube/api';
import { handle } from './handler.ts';
import type { Services } from './services.ts';

const USER = { user: { name: 'jane', groups: [] } };
const silent = { body: () => undefined, answer: () => undefined, started: () => undefined, annotate: () => undefined };

/** Runs one request against services that do what is told, over a real connection. */
async function asked(parts: Partial<Services>): Promise<{ code: number; text: string }> {
  const services: Services = {
    authenticate: () => USER,
    authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) },
    run: () => undefined,
    ...parts,
  };
  const server = createServer((request, response) => void handle(services, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/version`);
    return { code: answer.status, text: await answer.text() };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('handle tells observers what nobody had foreseen from what was refused', async () => {
  const told: [StatusError | undefined, unknown][] = [];
  const observe = () => ({
    ...silent,
    finished: (error: StatusError | undefined, panic: unknown) => void told.push([error, panic]),
  });
  const bug = new TypeError('x is not a function');
  const fails = (error: Error) => () => {
    throw error;
  };
  assert.equal((await asked({ observe, run: fails(bug) })).code, 500);
  assert.equal((await asked({ observe, run: fails(badRequest('no')) })).code, 400);
  assert.deepEqual(
    told.map(([error, panic]) => [error?.code, panic]),
    [
      [500, bug],
      [400, undefined],
    ],
  );
});

test('handle tells of those who could not say who they are', async () => {
  const told: number[] = [];
  const answer = await asked({
    authenticate: () => {
      throw badRequest('who?');
    },
    observe: () => assert.fail('nobody is there to be observed'),
    refused: (_info, error) => void told.push(error.code),
  });
  assert.deepEqual([answer.code, told], [400, [400]]);
});

test('handle ends the connection of a client that cannot be told what went wrong', async () => {
  const observe = () => ({
    ...silent,
    finished: () => {
      throw new Error('the log is full');
    },
  });
  const run = () => {
    throw badRequest('no');
  };
  await assert.rejects(asked({ observe, run }), /fetch failed/);
});
