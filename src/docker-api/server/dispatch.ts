import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { span } from '#base';
import type { Api } from './api-context.ts';
import { ApiError, describeError } from './errors.ts';
import { Exchange, type UpgradeOffer } from './exchange.ts';
import { type Response, ServerResponse } from './node-http.ts';
import type { RouteMatch, Router } from './router.ts';
import { API_VERSION, splitVersion } from './version.ts';

interface Resolved {
  path: string;
  search: string;
  minor: number;
  match: RouteMatch;
}

/** Turns requests into handler calls, and whatever is thrown into answers. */
export class Dispatcher {
  readonly #router: Router;
  readonly #api: Api;

  constructor(router: Router, api: Api) {
    this.#router = router;
    this.#api = api;
  }

  /** True for requests whose connection a handler may take over; any other `Upgrade` header is ignored. */
  mayUpgrade(request: IncomingMessage): boolean {
    try {
      return this.#resolve(request).match.route.hijack === true;
    } catch {
      return false;
    }
  }

  onRequest(request: IncomingMessage, response: Response): void {
    void this.#serve(request, response, undefined);
  }

  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    socket.on('error', () => socket.destroy());
    // node does not tell a request whose body was cut off here; who reads it would wait for ever.
    socket.on('close', () => request.destroy());
    // An ordinary answer, an error above all, ends a connection that could have been taken over.
    response.assignSocket(socket as Socket);
    response.on('finish', () => socket.end());
    void this.#serve(request, response, { socket, head });
  }

  async #serve(request: IncomingMessage, response: Response, upgrade: UpgradeOffer | undefined): Promise<void> {
    setCommonHeaders(response, this.#api.version);
    let exchange: Exchange | undefined;
    try {
      const { match, ...rest } = this.#resolve(request);
      exchange = new Exchange({ request, response, params: match.params, upgrade, ...rest });
      await this.#handle(match, exchange);
    } catch (error) {
      this.#fail(request, response, exchange, error);
    }
  }

  #handle({ route }: RouteMatch, exchange: Exchange): Promise<void> {
    return span(`${route.method} ${route.path}`, async () => route.handler(exchange, this.#api));
  }

  #resolve(request: IncomingMessage): Resolved {
    const url = request.url ?? '/';
    const cut = url.indexOf('?');
    const { minor, path } = splitVersion(cut === -1 ? url : url.slice(0, cut));
    const match = this.#router.match(request.method ?? 'GET', path);
    if (match === undefined) throw new ApiError(404, 'page not found');
    return { minor, path, match, search: cut === -1 ? '' : url.slice(cut + 1) };
  }

  #fail(request: IncomingMessage, response: Response, exchange: Exchange | undefined, error: unknown): void {
    const { status, message } = describeError(error);
    const fields = { method: request.method, url: request.url?.slice(0, 200), status, error };
    if (exchange?.signal.aborted) this.#api.log.debug('the client went away', fields);
    else if (status === 500) this.#api.log.error('request failed', fields);
    else this.#api.log.debug('request refused', fields);
    if (exchange?.answered) {
      response.destroy();
      return;
    }
    writeError(request, response, status, message);
  }
}

function writeError(request: IncomingMessage, response: Response, status: number, message: string): void {
  const body = Buffer.from(`${JSON.stringify({ message })}\n`);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function setCommonHeaders(response: Response, version: string): void {
  response.setHeader('Api-Version', API_VERSION);
  response.setHeader('Docker-Experimental', 'false');
  response.setHeader('Ostype', 'linux');
  response.setHeader('Server', `Hakobune/${version} (linux)`);
}
