import type { IncomingMessage } from 'node:http';
import { errorMessage, log } from '#base';
import { noSuchPath } from '#kube/api';
import type { RawAnswer } from '../answer.ts';
import type { ApiRequest } from '../request.ts';
import type { ResourceCatalog } from '../resources/catalog.ts';
import { MadeFromCatalog } from './cached.ts';

type Module = typeof import('#kube/api/openapi');
type ModuleOpenapiV2 = import('#kube/api/openapi').OpenapiV2;

/** What the servers behind the aggregation layer say of their objects. */
export interface OtherDocuments {
  /** By path: `/openapi/v3/apis/metrics.k8s.io/v1beta1`. */
  v3(): ReadonlyMap<string, { readonly text: string; readonly hash: string }>;
  /** One for each API service whose server publishes a document of version 2. */
  v2(): readonly OtherOpenapiV2[];
}

/** What another server adds to our document. */
export interface OtherOpenapiV2 {
  /** `v1beta1.metrics.k8s.io` */
  readonly name: string;
  /** The document with the other's paths in it; throws where there is no sense in these. */
  addTo(document: ModuleOpenapiV2): ModuleOpenapiV2;
}

/** Documents that are kept as text; the rest is made again when it is asked for, with the same hash. */
const MAX_KEPT = 4;

/** Serves `/openapi/v3` and below. Nothing is made before somebody asks; the hashes of all documents are made with the index. */
export class OpenapiV3 {
  readonly #catalog: ResourceCatalog;
  readonly #index: MadeFromCatalog<Promise<{ body: string; hashes: ReadonlyMap<string, string> }>>;
  readonly #texts = new Map<string, string>();
  #generation = -1;
  others: OtherDocuments | undefined;

  constructor(catalog: ResourceCatalog) {
    this.#catalog = catalog;
    this.#index = new MadeFromCatalog(catalog, () => this.#makeIndex());
  }

  /** Called when the other servers' documents have changed. */
  forget(): void {
    this.#index.forget();
  }

  /** `/openapi/v3`. */
  async index(): Promise<RawAnswer> {
    return json((await this.#index.get()).body);
  }

  /** `/openapi/v3/apis/apps/v1?hash=…`. A hash that isn't today's is redirected to today's, so that nobody keeps a wrong one. */
  async document(request: ApiRequest, http: IncomingMessage | undefined): Promise<RawAnswer> {
    const path = request.info.path.replace(/\/$/, '');
    const { hashes } = await this.#index.get();
    const hash = hashes.get(path);
    if (hash === undefined) throw noSuchPath();
    const etag = `"${hash}"`;
    const asked = request.query.get('hash') ?? '';
    if (asked !== '' && asked !== hash) return moved(`${path}?hash=${hash}`);
    const headers = {
      etag,
      vary: 'Accept-Encoding, Accept',
      ...(asked === hash ? { 'cache-control': 'public, immutable', expires: inAYear() } : {}),
    };
    if (http?.headers['if-none-match'] === etag) return { ...json(''), code: 304, headers };
    return { ...json(await this.#text(path)), headers };
  }

  async #text(path: string): Promise<string> {
    if (this.#generation !== this.#catalog.generation) {
      this.#generation = this.#catalog.generation;
      this.#texts.clear();
    }
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const { openapiV3Document } = await openapi();
    const text = openapiV3Document(path.replace(/^\/openapi\/v3\/(api|apis)\//, ''), this.#catalog.rows());
    if (text === undefined) return this.others?.v3().get(path)?.text ?? notThere();
    const [oldest] = this.#texts.keys();
    if (this.#texts.size >= MAX_KEPT && oldest !== undefined) this.#texts.delete(oldest);
    this.#texts.set(path, text);
    return text;
  }

  async #makeIndex() {
    const { openapiV3Documents, openapiV3Index } = await openapi();
    const documents: { path: string; hash: string }[] = [];
    for (const { path, hash } of openapiV3Documents(this.#catalog.rows())) {
      documents.push({ path, hash });
      // Each takes some milliseconds: others may go between them.
      await new Promise(setImmediate);
    }
    const own = new Set(documents.map(({ path }) => path));
    for (const [path, { hash }] of this.others?.v3() ?? []) if (!own.has(path)) documents.push({ path, hash });
    const hashes = new Map(documents.map(({ path, hash }) => [path, hash]));
    return { body: openapiV3Index(documents), hashes };
  }
}

/** Serves `/openapi/v2`, for old clients: JSON, or gnostic's protobuf where it is wanted. Kept, once made: it takes a tenth of a second. */
export class OpenapiV2 {
  readonly #json: MadeFromCatalog<Promise<RawAnswer>>;
  readonly #gnostic: MadeFromCatalog<Promise<RawAnswer>>;
  others: OtherDocuments | undefined;

  constructor(catalog: ResourceCatalog) {
    this.#json = new MadeFromCatalog(catalog, () => this.#make(catalog, (document) => json(JSON.stringify(document))));
    this.#gnostic = new MadeFromCatalog(catalog, async () => {
      const { encodeOpenapiV2, OPENAPI_V2_PROTOBUF } = await import('#kube/codec/protobuf');
      return this.#make(catalog, (document) => ({
        ...json(''),
        contentType: OPENAPI_V2_PROTOBUF,
        body: encodeOpenapiV2(document),
      }));
    });
  }

  /** Called when the other servers' documents have changed. */
  forget(): void {
    this.#json.forget();
    this.#gnostic.forget();
  }

  /** Our document with the others' in it, but for those that cannot be taken in. */
  async #make(catalog: ResourceCatalog, encode: (document: ModuleOpenapiV2) => RawAnswer): Promise<RawAnswer> {
    const { openapiV2 } = await openapi();
    const ours = openapiV2(catalog.rows());
    const others = this.others?.v2() ?? [];
    try {
      return encode(others.reduce((document, other) => other.addTo(document), ours));
    } catch {
      return encodeOneByOne(ours, others, encode);
    }
  }

  document({ accept }: ApiRequest): Promise<RawAnswer> {
    return GNOSTIC.test(accept ?? '') ? this.#gnostic.get() : this.#json.get();
  }
}

/** Slower, and tells which document cannot be published: the others still are. */
function encodeOneByOne(
  ours: ModuleOpenapiV2,
  others: readonly OtherOpenapiV2[],
  encode: (document: ModuleOpenapiV2) => RawAnswer,
): RawAnswer {
  let document = ours;
  let answer = encode(ours);
  for (const other of others) {
    try {
      const next = other.addTo(document);
      answer = encode(next);
      document = next;
    } catch (error) {
      const { name } = other;
      log.warn('the OpenAPI document of an aggregated server cannot be published', {
        name,
        error: errorMessage(error),
      });
    }
  }
  return answer;
}

/** kubectl writes `spec.v2@v1.0`, newer clients `spec.v2.v1.0`. */
const GNOSTIC = /^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/;

function notThere(): never {
  throw noSuchPath();
}

function openapi(): Promise<Module> {
  return import('#kube/api/openapi');
}

function json(body: string): RawAnswer {
  return { type: 'raw', code: 200, contentType: 'application/json', body };
}

function moved(location: string): RawAnswer {
  return { type: 'raw', code: 301, contentType: 'text/plain', body: '', headers: { location } };
}

function inAYear(): string {
  return new Date(Date.now() + 365 * 24 * 3_600_000).toUTCString();
}
