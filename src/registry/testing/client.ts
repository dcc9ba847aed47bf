/** A registry client as tests need one: plain requests, nothing followed, nothing retried. */
import { createHash, randomBytes } from 'node:crypto';
import type { Digest } from '#base';
import { OCI_INDEX, OCI_MANIFEST } from '../manifest/media-types.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

export interface RequestParts {
  headers?: Record<string, string>;
  body?: Buffer | string;
}

export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
}

export interface PushedManifest {
  digest: Digest;
  bytes: Buffer;
  descriptor: Descriptor;
  answer: Answer;
}

export const EMPTY_JSON = 'application/vnd.oci.empty.v1+json';

export function digestOf(bytes: Buffer | string, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** The code of an error answer; '' where the body is not one as the spec wants it. */
export function errorCode({ body }: Answer): string {
  const { errors } = JSON.parse(body.toString()) as { errors?: { code?: string; message?: string }[] };
  return errors?.[0]?.message ? (errors[0].code ?? '') : '';
}

export class RegistryClient {
  readonly url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url;
    this.#headers = headers;
  }

  async send(method: string, path: string, { headers = {}, body }: RequestParts = {}): Promise<Answer> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: { ...this.#headers, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
    });
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  }

  /** Begins an upload; answers where it goes on. */
  async startUpload(repository: string, query = ''): Promise<string> {
    const { headers } = await this.send('POST', `/v2/${repository}/blobs/uploads/${query}`);
    return headers.get('location') ?? '';
  }

  /** POST, then PUT. */
  async pushBlob(repository: string, bytes: Buffer | string, digest = digestOf(bytes)): Promise<Answer> {
    const location = await this.startUpload(repository);
    return this.send('PUT', withDigest(location, digest), { body: bytes, headers: OCTETS });
  }

  pushManifest(repository: string, reference: string, bytes: Buffer | string, type = OCI_MANIFEST): Promise<Answer> {
    const headers = { 'Content-Type': type };
    return this.send('PUT', `/v2/${repository}/manifests/${reference}`, { body: bytes, headers });
  }

  /** Pushes an image with one layer of these bytes; without `reference` under its digest. */
  async pushImage(
    repository: string,
    reference?: string,
    { layer = randomBytes(100), ...fields }: { layer?: Buffer; [field: string]: unknown } = {},
  ): Promise<PushedManifest> {
    const config = Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
    );
    for (const bytes of [layer, config]) await this.pushBlob(repository, bytes);
    const document = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe(config, 'application/vnd.oci.image.config.v1+json'),
      layers: [describe(layer, 'application/vnd.oci.image.layer.v1.tar')],
      ...fields,
    };
    return this.#push(repository, reference, document, OCI_MANIFEST);
  }

  pushIndex(repository: string, reference: string | undefined, manifests: readonly Descriptor[], fields: object = {}) {
    const document = { schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...fields };
    return this.#push(repository, reference, document, OCI_INDEX);
  }

  async #push(
    repository: string,
    reference: string | undefined,
    document: object,
    type: string,
  ): Promise<PushedManifest> {
    const bytes = Buffer.from(JSON.stringify(document));
    const descriptor = describe(bytes, type);
    const { digest } = descriptor;
    return { digest, bytes, descriptor, answer: await this.pushManifest(repository, reference ?? digest, bytes, type) };
  }
}

export const OCTETS = { 'Content-Type': 'application/octet-stream' };

export function describe(bytes: Buffer, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** The URL of an upload that is to be completed. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}
