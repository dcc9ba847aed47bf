import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KubeObject } from '#kube/api';
import { memoryPki } from '#kube/auth';

/** What a conversion webhook is asked. */
export interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: KubeObject[] };
}

/** What it answers: the response of a review, or a body of another kind. */
export type Answer = (review: Review) => unknown;

/** A conversion webhook over TLS, with a certificate for 127.0.0.1 and the names that were asked for. */
export class WebhookServer implements AsyncDisposable {
  readonly port: number;
  /** The CA's certificate, as `caBundle` wants it. */
  readonly caBundle: string;
  readonly reviews: Review[] = [];
  readonly #server: Server;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.caBundle = Buffer.from(ca).toString('base64');
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}/convert`;
  }

  static async open(answer: Answer, names: readonly string[] = []): Promise<WebhookServer> {
    const pki = await memoryPki({ names: ['127.0.0.1', ...names] });
    const server = createServer({ cert: pki.serving.cert, key: pki.serving.key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const webhook = new WebhookServer(server, pki.clusterCa.cert);
    server.on('request', async (request, response) => {
      const review = JSON.parse(await text(request)) as Review;
      webhook.reviews.push(review);
      const body = await answer(review);
      if (body === undefined) return;
      response.setHeader('content-type', 'application/json');
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    return webhook;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The review that a webhook answers with: the objects as `convert` made them. */
export function converted({ apiVersion, kind, request }: Review, convert: (object: KubeObject) => unknown): unknown {
  const convertedObjects = request.objects.map(convert);
  return { apiVersion, kind, response: { uid: request.uid, result: { status: 'Success' }, convertedObjects } };
}
