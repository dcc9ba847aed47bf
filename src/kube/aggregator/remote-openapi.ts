import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { errorMessage, log } from '#base';
import { groupVersion } from '#kube/api';
import type { OtherDocuments, OtherOpenapiV2 } from '#kube/apiserver';
import type { Backend } from './forward.ts';
import { mergeOpenapiV2 } from './merge-openapi.ts';
import { getDocument } from './probe.ts';

/** What one API service's server publishes about itself. */
interface Published {
  readonly group: string;
  readonly version: string;
  /** Where its document of version 3 was, with the hash in it: another address, another document. */
  v3Address: string | undefined;
  v3: { readonly text: string; readonly hash: string } | undefined;
  v2Etag: string | undefined;
  v2: unknown;
}

/** The OpenAPI documents of aggregated servers: read when they change, and published with ours. */
export class RemoteOpenapi implements OtherDocuments {
  readonly #published = new Map<string, Published>();

  /** Reads what the server of an API service publishes; true when that has changed. Servers need not publish anything. */
  async update(name: string, backend: Backend, group: string, version: string): Promise<boolean> {
    const nothing = { group, version, v3Address: undefined, v3: undefined, v2Etag: undefined, v2: undefined };
    const known = this.#published.get(name) ?? nothing;
    this.#published.set(name, known);
    // Who waits for both is not kept waiting by the first; and one that is broken takes nothing from the other.
    const updates = [updateV3(known, backend), updateV2(known, backend)].map((update) =>
      update.catch((error: unknown) => {
        log.debug('an aggregated server does not say what its objects look like', { name, error: errorMessage(error) });
        return false;
      }),
    );
    return (await Promise.all(updates)).includes(true);
  }

  /** The API service is gone; true where there was something of it. */
  remove(name: string): boolean {
    return this.#published.delete(name);
  }

  v3(): ReadonlyMap<string, { readonly text: string; readonly hash: string }> {
    const found = new Map<string, { readonly text: string; readonly hash: string }>();
    for (const { group, version, v3 } of this.#published.values()) {
      if (v3 !== undefined) found.set(`/openapi/v3/apis/${groupVersion({ group, version })}`, v3);
    }
    return found;
  }

  v2(): OtherOpenapiV2[] {
    return [...this.#published].flatMap(([name, { group, version, v2 }]) => {
      const prefix = `/apis/${groupVersion({ group, version })}`;
      return v2 === undefined ? [] : [{ name, addTo: (document) => mergeOpenapiV2(document, v2, prefix) }];
    });
  }
}

async function updateV3(known: Published, backend: Backend): Promise<boolean> {
  const { group, version } = known;
  const index = await getDocument(backend, '/openapi/v3');
  const { paths = {} } = (index?.value ?? {}) as {
    paths?: Record<string, { serverRelativeURL?: unknown } | undefined>;
  };
  const address = paths[`apis/${groupVersion({ group, version })}`]?.serverRelativeURL;
  if (typeof address !== 'string' || !address.startsWith('/openapi/v3/') || address === known.v3Address) return false;
  const document = await getDocument(backend, address);
  if (document?.value === undefined) return false;
  const text = JSON.stringify(document.value);
  // As that of our own documents, whose maker is not loaded for this.
  known.v3 = { text, hash: hash('sha512-256', text, 'hex').toUpperCase() };
  known.v3Address = address;
  return true;
}

async function updateV2(known: Published, backend: Backend): Promise<boolean> {
  const document = await getDocument(backend, '/openapi/v2', known.v2Etag);
  if (document?.value === undefined) return false;
  known.v2Etag = document.etag;
  if (isDeepStrictEqual(known.v2, document.value)) return false;
  known.v2 = document.value;
  return true;
}
