import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { memoryPki } from '#kube/auth';

/** The request of an AdmissionReview as a webhook gets it. */
export interface ReceivedRequest {
  readonly uid: string;
  readonly operation: string;
  readonly object: Record<string, unknown> | null;
  readonly [field: string]: unknown;
}

/** What a webhook of a test does with a review: answers `response`'s fields, or takes over the connection (undefined). */
export type Behaviour = (
  request: ReceivedRequest,
  response: ServerResponse,
) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>;

/** A real HTTPS server that speaks AdmissionReview. */
export class WebhookServer implements AsyncDisposable {
  readonly received: ReceivedRequest[] = [];
  connections = 0;
  behave: Behaviour = () => ({ allowed: true });
  readonly #server: Server;
  readonly #caBundle: string;

  constructor(server: Server, caBundle: string) {
    this.#server = server;
    this.#caBundle = caBundle;
    server.on('request', (request, response) => void this.#serve(request, response));
    server.on('secureConnection', () => {
      this.connections++;
    });
  }

  static async start(): Promise<WebhookServer> {
    const pki = await memoryPki({ names: ['hook.default.svc'] });
    const server = createServer({ cert: pki.serving.cert, key: pki.serving.key });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    return new WebhookServer(server, Buffer.from(pki.clusterCa.cert).toString('base64'));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `clientConfig` of a webhook that is to call this server. */
  get clientConfig() {
    return { url: `https://127.0.0.1:${this.port}/admit`, caBundle: this.#caBundle };
  }

  get caBundle(): string {
    return this.#caBundle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      apiVersion: string;
      request: ReceivedRequest;
    };
    this.received.push(review.request);
    const answer = await this.behave(review.request, response);
    if (answer === undefined) return;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        kind: 'AdmissionReview',
        apiVersion: review.apiVersion,
        response: { uid: review.request.uid, ...answer },
      }),
    );
  }
}

/** The fields of an answer that patches. */
export function patching(operations: readonly unknown[]): Record<string, unknown> {
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}
