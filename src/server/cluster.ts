import type { Client } from '#kube/client';
import type { ServerOptions } from './options.ts';
import { startServer } from './server.ts';

/** What a cluster in this process can be told. */
export interface ClusterOptions {
  /** Nodes on paper: pods are bound to them and become Running, and nothing runs. Default 0: pods stay Pending. */
  readonly fakeNodes?: number;
  /** `false`: the API alone, without Deployments making ReplicaSets and so on. Default true. */
  readonly controllers?: boolean;
  /** `HOST:PORT`; default 127.0.0.1 and any free port. */
  readonly listen?: string;
  /** A folder to keep the cluster in, over restarts. Default: everything is in memory. */
  readonly dataDir?: string;
  /** A file to write the kubeconfig to, for programs that want one. */
  readonly kubeconfig?: string;
  /** Anything else that `hako server` takes. */
  readonly server?: Omit<ServerOptions, 'dataDir' | 'listen' | 'kubeconfig' | 'fakeNodes' | 'controllers'>;
}

/** A cluster that runs in this process until it is disposed. */
export interface Cluster extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** The administrator's kubeconfig: its text, for `KubeConfig.loadFromString` of @kubernetes/client-node. */
  readonly kubeconfig: string;
  /** The API without HTTP, as the administrator. */
  readonly client: Client;
}

/**
 * Starts a Kubernetes cluster in this process: API server, controllers and, if wanted, nodes on paper. Ready when it resolves.
 *
 * ```ts
 * await using cluster = await createCluster({ fakeNodes: 1 });
 * const config = new KubeConfig();
 * config.loadFromString(cluster.kubeconfig);
 * ```
 */
export function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { server, listen = '127.0.0.1:0', ...rest } = options;
  return startServer({ ...server, ...rest, listen });
}
