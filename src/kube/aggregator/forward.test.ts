import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { memoryPki, type Pki } from '#kube/auth';
import { type Backend, forward, forwardUpgrade } from './forward.ts';

const USER = { name: 'jane', groups: ['dev', 'ops'] };

async function listen(server: Server): Promise<{ port: number } & AsyncDisposable> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function backendOf(pki: Pki, port: number): Backend {
  const { cert, key } = pki.frontProxyClient;
  return { host: '127.0.0.1', port, serverName: 'localhost', ca: undefined, insecure: true, cert, key };
}

describe('forward', () => {
  it('passes on the body as it was read and says who asks, whatever the client says', async () => {
    const pki = await memoryPki({ names: [] });
    const seen = Promise.withResolvers<{ headers: IncomingHttpHeaders; body: string }>();
    const { cert, key } = pki.serving;
    const other = createTlsServer({ cert, key }, (request, response) => {
      void text(request).then((body) => seen.resolve({ headers: request.headers, body }));
      response.setHeader('content-encoding', 'identity').end('answer');
    });
    await using backend = await listen(other);
    const front = createServer((request, response) => {
      void forward(backendOf(pki, backend.port), USER, request, Buffer.from('inflated'), response);
    });
    await using entry = await listen(front);
    const answer = await fetch(`http://127.0.0.1:${entry.port}/apis/x/v1/y`, {
      method: 'POST',
      body: 'compressed',
      headers: {
        authorization: 'Bearer secret',
        'content-encoding': 'gzip',
        'impersonate-user': 'root',
        'x-remote-user': 'root',
        'x-remote-group': 'system:masters',
      },
    });
    assert.equal(await answer.text(), 'answer');
    const { headers, body } = await seen.promise;
    assert.equal(body, 'inflated');
    assert.equal(headers['content-encoding'], undefined);
    assert.equal(headers.authorization, undefined);
    assert.equal(headers['impersonate-user'], undefined);
    assert.equal(headers['x-remote-user'], 'jane');
    assert.equal(headers['x-remote-group'], 'dev, ops');
  });
});

describe('forwardUpgrade', () => {
  async function upgradeThrough(backend: Backend): Promise<Socket & AsyncDisposable> {
    const front = createServer();
    front.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      response.on('finish', () => socket.end());
      socket.on('error', () => socket.destroy());
      const upgrade = { head, take: () => socket };
      forwardUpgrade(backend, USER, request, upgrade, response).catch(() => response.writeHead(503).end());
    });
    const entry = await listen(front);
    const socket = connect(entry.port, '127.0.0.1');
    socket.write('GET /apis/x/v1/y HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
    return Object.assign(socket, {
      async [Symbol.asyncDispose]() {
        socket.destroy();
        await entry[Symbol.asyncDispose]();
      },
    }) as Socket & AsyncDisposable;
  }

  it('closes the other side when the client goes', async () => {
    const pki = await memoryPki({ names: [] });
    const { cert, key } = pki.serving;
    const closed = Promise.withResolvers<void>();
    const other = createTlsServer({ cert, key });
    other.on('upgrade', (_request, socket: Socket) => {
      socket.on('error', () => undefined);
      socket.on('close', () => closed.resolve());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nhello');
    });
    await using backend = await listen(other);
    await using client = await upgradeThrough(backendOf(pki, backend.port));
    await once(client, 'data');
    client.resetAndDestroy();
    await closed.promise;
  });

  it('answers 503 where the other side does not take connections', async () => {
    const pki = await memoryPki({ names: [] });
    const { port } = await (async () => {
      await using gone = await listen(createServer());
      return { port: gone.port };
    })();
    await using client = await upgradeThrough(backendOf(pki, port));
    assert.match((await buffer(client)).toString(), /^HTTP\/1\.1 503 /);
  });
});
