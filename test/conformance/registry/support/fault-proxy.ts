/** A proxy before a registry, with which a test breaks connections and answers by itself. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** What becomes of a request: it goes through by default. */
export interface Fault {
  /** Answer this instead of asking the registry. */
  status?: number;
  /** Let so many bytes of the answer's body through, then break the connection. */
  breakAfterBytes?: number;
  /** Let so many bytes of the request's body through, then break the connection. */
  breakUploadAfterBytes?: number;
}

export class FaultProxy implements AsyncDisposable {
  readonly host: string;
  readonly #server: Server;
  readonly #target: string;
  /** Every request, as `METHOD path range`. */
  readonly log: string[] = [];
  fault: (request: IncomingMessage) => Fault | undefined = () => undefined;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Before the registry at `target` (HOST:PORT). */
  static async start(target: string): Promise<FaultProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FaultProxy(server, target);
    server.on('request', (incoming, outgoing) => {
      proxy.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
    return proxy;
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, headers, url } = incoming;
    this.log.push([method, url, headers.range ?? headers['content-range']].filter(Boolean).join(' '));
    const fault = this.fault(incoming) ?? {};
    if (fault.status !== undefined) {
      incoming.resume();
      outgoing.writeHead(fault.status, { 'Retry-After': '0' }).end();
      return;
    }
    const upstream = request(`http://${this.#target}${url}`, { method, headers, agent: false });
    const answered = once(upstream, 'response') as Promise<[IncomingMessage]>;
    const sent = pipeline(cut(incoming, fault.breakUploadAfterBytes), upstream);
    sent.catch(() => incoming.destroy());
    const [answer] = await answered;
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    await pipeline(cut(answer, fault.breakAfterBytes), outgoing);
    await sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The first `bytes` of a body, after which it fails. */
async function* cut(body: IncomingMessage, bytes = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) throw new Error('the connection is broken on purpose');
  }
}
