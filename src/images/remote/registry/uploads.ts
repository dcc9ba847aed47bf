/** Blobs as they are written (distribution-spec, "Pushing blobs"). */
import { type Digest, HakoError } from '#base';
import { repositoryScope } from '../auth/scope.ts';
import { discard } from '../http/body.ts';
import type { HttpAnswer, RequestBody } from '../http/exchange.ts';
import { TransientError } from '../http/network-error.ts';
import type { EndpointClient } from './endpoint-client.ts';
import type { Repository } from './repository.ts';
import { statusError } from './status-error.ts';

/** An upload that the registry has opened: where the next bytes go, and how many it has. */
export interface UploadState {
  location: URL;
  offset: number;
}

const BYTES = { 'Content-Type': 'application/octet-stream' };

/** One blob's way into one repository at one address. */
export class UploadClient {
  readonly #client: EndpointClient;
  readonly #repository: Repository;
  readonly #signal: AbortSignal | undefined;

  constructor(client: EndpointClient, repository: Repository, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#repository = repository;
    this.#signal = signal;
  }

  /** Opens an upload. With `mount` the registry may take the blob from another repository instead: then undefined. */
  async begin(mount?: { digest: Digest; from: string }): Promise<UploadState | undefined> {
    const extra = mount === undefined ? [] : [repositoryScope(mount.from, ['pull'])];
    const answer = await this.#send('POST', `${this.#repository.path}/blobs/uploads/`, {
      ...(mount === undefined ? {} : { query: { mount: mount.digest, from: mount.from } }),
      scopes: extra,
    });
    if (answer.status === 201 && mount !== undefined) return void (await discard(answer));
    if (answer.status !== 202) throw await this.#failed(answer);
    await discard(answer);
    return this.#state(answer, 0);
  }

  /** How far an upload is; undefined where the registry has forgotten it. */
  async status(location: URL): Promise<UploadState | undefined> {
    const answer = await this.#send('GET', location, {});
    await discard(answer);
    if (answer.status !== 204 && answer.status !== 202 && answer.status !== 200) return undefined;
    const end = rangeEnd(answer);
    return end === undefined ? undefined : this.#state(answer, end);
  }

  /** Sends one chunk; `body` begins at the offset. */
  async patch(state: UploadState, body: RequestBody): Promise<UploadState> {
    const end = state.offset + body.sizeBytes;
    const headers = { ...BYTES, 'Content-Range': `${state.offset}-${end - 1}` };
    const answer = await this.#send('PATCH', state.location, { headers, body });
    if (answer.status !== 202) throw await this.#failed(answer);
    await discard(answer);
    const stored = rangeEnd(answer) ?? end;
    if (stored === end) return this.#state(answer, end);
    throw new TransientError('unavailable', `${answer.url.host} kept ${stored} of ${end} bytes`);
  }

  /** Sends the rest and closes the upload: the registry verifies the digest. */
  async finish(state: UploadState, digest: Digest, body: RequestBody): Promise<void> {
    const end = state.offset + body.sizeBytes;
    const headers: Record<string, string> = { ...BYTES };
    if (state.offset > 0 && body.sizeBytes > 0) headers['Content-Range'] = `${state.offset}-${end - 1}`;
    const answer = await this.#send('PUT', state.location, {
      headers,
      query: { digest },
      body,
    });
    if (answer.status !== 201 && answer.status !== 204) throw await this.#failed(answer);
    await discard(answer);
  }

  #send(
    method: string,
    path: string | URL,
    options: {
      query?: Record<string, string>;
      headers?: Record<string, string>;
      body?: RequestBody;
      scopes?: string[];
    },
  ): Promise<HttpAnswer> {
    const scopes = [repositoryScope(this.#repository.path, ['pull', 'push']), ...(options.scopes ?? [])];
    return this.#client.send({ method, path, ...options, scopes, ...(this.#signal ? { signal: this.#signal } : {}) });
  }

  #failed(answer: HttpAnswer): Promise<HakoError> {
    return statusError(answer, `cannot send a blob to ${this.#repository.domain}/${this.#repository.path}`);
  }

  #state(answer: HttpAnswer, offset: number): UploadState {
    const location = URL.parse(answer.headers.location ?? '', answer.url);
    if (location === null || !['http:', 'https:'].includes(location.protocol))
      throw new HakoError('invalid', `${answer.url.host} opened an upload without saying where`);
    return { location, offset };
  }
}

/** `Range: 0-99` means that 100 bytes are there; registries write `0-0` for none and for one. */
function rangeEnd(answer: HttpAnswer): number | undefined {
  const end = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.range ?? '')?.[1];
  if (end === undefined) return undefined;
  return Number(end) === 0 ? 0 : Number(end) + 1;
}
