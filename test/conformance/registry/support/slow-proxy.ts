/** A proxy before a registry that lets blobs through slowly, and counts them. */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export class SlowProxy implements AsyncDisposable {
  readonly host: string;
  readonly #server: Server;
  /** Bytes of blobs that were let through downwards. */
  blobBytes = 0;
  /** Pause before each piece; 0 for none. */
  pauseMs = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(target: string): Promise<SlowProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new SlowProxy(server);
    server.on('request', (incoming, outgoing) => {
      const isBlob = incoming.method === 'GET' && incoming.url?.includes('/blobs/sha256:') === true;
      const headers = { ...incoming.headers, host: proxy.host };
      const upstream = request(`http://${target}${incoming.url}`, { method: incoming.method, headers });
      incoming.pipe(upstream);
      upstream.on('error', () => outgoing.destroy());
      upstream.on('response', async (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        try {
          for await (const chunk of answer) {
            if (isBlob) proxy.blobBytes += chunk.length;
            if (isBlob && proxy.pauseMs > 0) await delay(proxy.pauseMs);
            if (outgoing.destroyed) return;
            if (!outgoing.write(chunk)) await once(outgoing, 'drain');
          }
          outgoing.end();
        } catch {
          outgoing.destroy();
        }
      });
    });
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
