import { HakoError } from '#base';

/** What a server can be told; all of it has a default. */
export interface ServerOptions {
  /** Where certificates and the SQLite datastore are. Undefined: everything in memory. */
  readonly dataDir?: string;
  /** Where the cluster's keys and certificates are; servers of one cluster share them. Default: `pki` in the data folder. */
  readonly pkiDir?: string;
  /** `HOST:PORT`; port 0 is any free one. */
  readonly listen?: string;
  /** IPv4 address at which nodes and pods reach this server. Default: that of `listen`; where that is all addresses, the host's own. */
  readonly advertiseAddress?: string;
  /** `memory`, `sqlite`, `sqlite:PATH`, or `https://ETCD,…`. */
  readonly datastore?: string;
  /** Client certificate for etcd, as files. */
  readonly etcd?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** A kubeconfig for the administrator is written here. */
  readonly kubeconfig?: string;
  /** Further names and addresses under which clients reach the server. */
  readonly names?: readonly string[];
  readonly serviceBlock?: string;
  readonly nodePorts?: string;
  /** Upstream's EncryptionConfiguration; secrets are encrypted at rest. */
  readonly encryptionConfig?: string;
  readonly audit?: { readonly policy?: string; readonly log?: string };
  /** `false`: clients without credentials are refused. */
  readonly anonymous?: boolean;
  /** Upstream's AuthenticationConfiguration (OIDC issuers). */
  readonly authenticationConfig?: string;
  /** Static tokens: `token,user,uid,"group1,group2"`. */
  readonly tokenFile?: string;
  /** A remote service says whose a token is that nobody else knows: a kubeconfig leads to it. Answers are remembered for two minutes. */
  readonly authenticationTokenWebhook?: { readonly config?: string; readonly cacheTtlMs?: number };
  /** A kubeconfig that leads to a remote service, which decides what the Node authorizer and RBAC do not allow. */
  readonly authorizationWebhookConfig?: string;
  /** Admission plugins to have besides the usual ones, and those to do without, by upstream's names. */
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disableAdmissionPlugins?: readonly string[];
  /** How long a request that is no watch, log or connection may take: 504 after that. Default: 60,000. */
  readonly requestTimeoutMs?: number;
  /** `false`: the API alone. */
  readonly controllers?: boolean;
  /** Nodes that exist on paper only: their pods run, and nothing does (for tests). */
  readonly fakeNodes?: number;
}

/** The options with their defaults. */
export interface ResolvedOptions extends ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly datastore: string;
  readonly serviceBlock: string;
  readonly nodePorts: string;
}

/** Fills in defaults and checks what can be checked at once. Throws a HakoError (`invalid`). */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  const { host, port } = parseListen(options.listen ?? '127.0.0.1:6443');
  return {
    ...options,
    host,
    port,
    datastore: datastoreUrl(options),
    serviceBlock: options.serviceBlock ?? '10.96.0.0/16',
    nodePorts: options.nodePorts ?? '30000-32767',
  };
}

/** The URL of the datastore that options name. Throws a HakoError (`invalid`) where they name none. */
export function datastoreUrl({ datastore, dataDir }: Pick<ServerOptions, 'datastore' | 'dataDir'>): string {
  if (datastore === undefined) return dataDir === undefined ? 'memory' : `sqlite:${dataDir}/state.db`;
  if (datastore !== 'sqlite') return datastore;
  if (dataDir === undefined) throw new HakoError('invalid', 'the datastore sqlite needs a folder: give --data-dir');
  return `sqlite:${dataDir}/state.db`;
}

function parseListen(text: string): { host: string; port: number } {
  const found = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) {
    throw new HakoError('invalid', `"${text}" is not an address: give HOST:PORT, such as 127.0.0.1:6443 or :6443`);
  }
  return { host: found[1] ?? (found[2] === '' ? '0.0.0.0' : (found[2] as string)), port };
}
