import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '#kube/api';
import {
  type ApiGroup,
  type ApiGroupDiscovery,
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  type DiscoveryVersion,
} from '#kube/api/discovery';
import { type Answer, objectAnswer, type RawAnswer } from '../answer.ts';
import type { ApiRequest } from '../request.ts';
import type { ResourceCatalog } from '../resources/catalog.ts';
import { MadeFromCatalog } from './cached.ts';

/** Groups that other servers serve, behind the aggregation layer. */
export interface OtherGroups {
  groups(): readonly ApiGroup[];
  discoveries(): readonly ApiGroupDiscovery[];
}

interface Aggregated {
  readonly body: string;
  readonly etag: string;
}

/** Says what is served: `/api`, `/apis` and below, in the legacy form and aggregated for clients that take everything at once. */
export class Discovery {
  readonly #catalog: ResourceCatalog;
  readonly #serverAddress: () => string;
  readonly #aggregated = new Map<string, MadeFromCatalog<Aggregated>>();
  others: OtherGroups | undefined;

  constructor(catalog: ResourceCatalog, serverAddress: () => string) {
    this.#catalog = catalog;
    this.#serverAddress = serverAddress;
  }

  /** Called when the other servers' groups have changed. */
  forget(): void {
    this.#aggregated.clear();
  }

  /** Serves `/api` and `/apis`. */
  root(root: 'api' | 'apis', request: ApiRequest, http: IncomingMessage | undefined): Answer {
    const version = wantsAggregated(request.accept);
    if (version !== undefined) return this.#all(root, version, http);
    const rows = this.#catalog.rows();
    if (root === 'api') return document(apiVersions(rows, this.#serverAddress()));
    const list = apiGroupList(rows) as { groups: ApiGroup[] };
    return document({ ...list, groups: [...list.groups, ...(this.others?.groups() ?? [])] });
  }

  /** Serves what is below: a group, or a group version's resources. Undefined: not ours. */
  below(path: string): Answer | undefined {
    const [root, first = '', second = '', ...more] = path.split('/').filter((part) => part !== '');
    if (more.length > 0) return undefined;
    const rows = this.#catalog.rows();
    const [group, version] = root === 'api' ? ['', first] : [first, second];
    if (root === 'api' && second !== '') return undefined;
    const found = version === '' ? apiGroup(rows, group) : apiResourceList(rows, group, version);
    return found === undefined ? undefined : document(found);
  }

  #all(root: 'api' | 'apis', version: DiscoveryVersion, http: IncomingMessage | undefined): RawAnswer {
    const name = `${root} ${version}`;
    let made = this.#aggregated.get(name);
    if (made === undefined) {
      made = new MadeFromCatalog(this.#catalog, () => this.#makeAll(root, version));
      this.#aggregated.set(name, made);
    }
    const { body, etag } = made.get();
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const headers = { etag, vary: 'Accept' };
    if (http?.headers['if-none-match'] === etag) return { type: 'raw', code: 304, contentType, body: '', headers };
    return { type: 'raw', code: 200, contentType, body, headers };
  }

  #makeAll(root: 'api' | 'apis', version: DiscoveryVersion): Aggregated {
    const others = root === 'apis' ? (this.others?.discoveries() ?? []) : [];
    const body = JSON.stringify(aggregatedDiscovery(this.#catalog.rows(), root, version, others));
    return { body, etag: `"${hash('sha512-256', body, 'hex').toUpperCase()}"` };
  }
}

function document(value: object): Answer {
  return objectAnswer(value as KubeObject);
}

/** The version of the aggregated form, where the client's first wish is that. */
function wantsAggregated(accept: string | undefined): DiscoveryVersion | undefined {
  for (const range of accept?.split(',') ?? []) {
    if (!range.includes('as=APIGroupDiscoveryList') || !range.includes('g=apidiscovery.k8s.io')) {
      if (range.trim().startsWith('application/json')) return undefined;
      continue;
    }
    if (range.includes('protobuf')) continue;
    const version = /;\s*v=(v2beta1|v2)\b/.exec(range)?.[1];
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}
