/** A registry in memory that a test can make fail at any point. Serves HTTP on a loopback address. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Digest, sha256 } from '#base';
import { archiveOf } from '#system/rootfs';
import { MediaType } from '../../unpack/media-types.ts';

/** Looks at a request first, which waits for it; answers true where it answered the request itself. */
export type Intercept = (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | undefined | Promise<boolean | undefined>;

export class FakeRegistry implements AsyncDisposable {
  readonly blobs = new Map<string, Buffer>();
  /** By `repository reference`. */
  readonly manifests = new Map<string, { mediaType: string; bytes: Buffer }>();
  readonly uploads = new Map<string, Buffer[]>();
  /** Every request, as `METHOD path range`. */
  readonly log: string[] = [];
  intercept: Intercept = () => false;
  /** Whether it minds If-Match and If-None-Match of manifests. */
  isConditional = false;
  readonly #server: Server;
  readonly host: string;

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.host = host;
  }

  static async start(address = '127.0.0.1'): Promise<FakeRegistry> {
    const server = createServer();
    server.listen(0, address);
    await once(server, 'listening');
    const registry = new FakeRegistry(server, `${address}:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      registry.#serve(request, response).catch((error: Error) => response.destroy(error));
    });
    return registry;
  }

  /** Puts an image there; answers its parts. `layers` are contents of files. */
  addImage(name: string, layers: readonly Buffer[], platform = { os: 'linux', architecture: 'amd64' }) {
    const tars = layers.map((body, index) => archiveOf({ name: `file${index}`, body }));
    const blobs = tars.map((tar) => gzipSync(tar, { level: 1 }));
    const config = Buffer.from(
      JSON.stringify({ ...platform, config: {}, rootfs: { type: 'layers', diff_ids: tars.map((tar) => sha256(tar)) } }),
    );
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      config: { mediaType: MediaType.config, digest: this.addBlob(config), size: config.length },
      layers: blobs.map((blob) => ({
        mediaType: `${MediaType.layer}+gzip`,
        digest: this.addBlob(blob),
        size: blob.length,
      })),
    };
    return { manifest, digest: this.addManifest(name, manifest), layers: blobs };
  }

  addBlob(bytes: Buffer): Digest {
    this.blobs.set(sha256(bytes), bytes);
    return sha256(bytes);
  }

  /** `name` is `repository:tag`. */
  addManifest(name: string, document: object, mediaType: string = MediaType.manifest): Digest {
    const bytes = Buffer.from(JSON.stringify(document));
    const [repository = '', tag = ''] = name.split(':');
    const entry = { mediaType, bytes };
    this.manifests.set(`${repository} ${tag}`, entry);
    this.manifests.set(`${repository} ${sha256(bytes)}`, entry);
    return sha256(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    this.log.push([method, request.url, headers.range ?? headers['content-range']].filter(Boolean).join(' '));
    if ((await this.intercept(request, response)) === true) return;
    const url = new URL(request.url ?? '', 'http://registry');
    const [, name = '', kind = '', reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    if (url.pathname === '/v2/') {
      response.end('{}');
      return;
    }
    if (reference.startsWith('uploads/')) return this.#upload(request, response, url, name);
    if (kind === 'manifests' && method === 'PUT') return this.#putManifest(request, response, name, reference);
    if (kind === 'manifests') return this.#manifest(response, name, reference, method);
    this.#blob(response, reference, method, headers.range);
  }

  #manifest(response: ServerResponse, name: string, reference: string, method: string): void {
    const found = this.manifests.get(`${name} ${reference}`);
    if (found === undefined) {
      notFound(response, 'MANIFEST_UNKNOWN', 'manifest unknown');
      return;
    }
    response.setHeader('Docker-Content-Digest', sha256(found.bytes));
    response.setHeader('ETag', `"${sha256(found.bytes)}"`);
    response.setHeader('Content-Type', found.mediaType);
    response.setHeader('Content-Length', found.bytes.length);
    response.end(method === 'HEAD' ? undefined : found.bytes);
  }

  async #putManifest(request: IncomingMessage, response: ServerResponse, name: string, reference: string) {
    const bytes = await buffer(request);
    if (this.isConditional && !this.#holds(request, this.manifests.get(`${name} ${reference}`)?.bytes)) {
      response.writeHead(412).end();
      return;
    }
    const entry = { mediaType: request.headers['content-type'] ?? '', bytes };
    for (const key of [reference, sha256(bytes)]) this.manifests.set(`${name} ${key}`, entry);
    response.writeHead(201, { 'Docker-Content-Digest': sha256(bytes) }).end();
  }

  /** Conditional requests (RFC 9110, section 13.1). */
  #holds({ headers }: IncomingMessage, current: Buffer | undefined): boolean {
    if (headers['if-none-match'] === '*' && current !== undefined) return false;
    const wanted = headers['if-match'];
    return wanted === undefined || (current !== undefined && wanted === `"${sha256(current)}"`);
  }

  #blob(response: ServerResponse, digest: string, method: string, range: string | undefined): void {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) {
      notFound(response, 'BLOB_UNKNOWN', 'blob unknown to registry');
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start > 0 && start >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const body = bytes.subarray(start);
    const headers: Record<string, string | number> = { 'Content-Length': body.length };
    if (start > 0) headers['Content-Range'] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(start > 0 ? 206 : 200, headers).end(method === 'HEAD' ? undefined : body);
  }

  /** What came before a connection broke stays. */
  async #upload(request: IncomingMessage, response: ServerResponse, url: URL, name: string): Promise<void> {
    const { method } = request;
    if (method === 'POST') return this.#beginUpload(response, url, name);
    const id = url.pathname.split('/').at(-1) ?? '';
    if (!this.uploads.has(id)) {
      notFound(response, 'BLOB_UPLOAD_UNKNOWN', 'upload unknown');
      return;
    }
    for await (const chunk of request) this.uploads.get(id)?.push(chunk as Buffer);
    const bytes = Buffer.concat(this.uploads.get(id) ?? []);
    const state = { Location: url.pathname, Range: `0-${Math.max(0, bytes.length - 1)}` };
    if (method === 'GET') {
      response.writeHead(204, state).end();
      return;
    }
    if (method === 'PATCH') {
      response.writeHead(202, state).end();
      return;
    }
    const digest = url.searchParams.get('digest');
    if (digest !== sha256(bytes)) {
      response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
      return;
    }
    this.uploads.delete(id);
    this.addBlob(bytes);
    response.writeHead(201, { Location: `/v2/${name}/blobs/${digest}` }).end();
  }

  #beginUpload(response: ServerResponse, url: URL, name: string): void {
    if (this.blobs.has(url.searchParams.get('mount') ?? '')) {
      response.writeHead(201).end();
      return;
    }
    const id = randomUUID();
    this.uploads.set(id, []);
    response.writeHead(202, { Location: `/v2/${name}/blobs/uploads/${id}` }).end();
  }
}

function notFound(response: ServerResponse, code: string, message: string): void {
  response.writeHead(404, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
